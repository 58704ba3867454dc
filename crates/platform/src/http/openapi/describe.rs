//! What the API document says of every operation alike.
//!
//! Invariant: no two operations have one name, because a name is made of method and path.

use utoipa::openapi::{
    OpenApi, RefOr,
    path::{Operation, PathItem},
    schema::Schema,
};

const ROOT: &str = "/api/v1/";
/// One line without control characters.
const LINE: &str = r"^[^\x00-\x1f\x7f-\x9f]*$";
/// The same, and not blank.
const WORDS: &str = r"^[^\x00-\x1f\x7f-\x9f]*[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$";

/// Says of every text in requests, which are those with a greatest length, what the readers refuse in it.
pub fn describe_texts(document: &mut OpenApi) {
    let schemas = document.components.iter_mut().flat_map(|components| components.schemas.values_mut());
    for schema in schemas {
        if let RefOr::T(Schema::Object(object)) = schema {
            object.properties.values_mut().for_each(describe_text);
        }
    }
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let parameters = operation.parameters.iter_mut().flatten();
        let schemas = parameters.filter_map(|parameter| match parameter {
            RefOr::T(parameter) => parameter.schema.as_mut(),
            RefOr::Ref(_) => None,
        });
        schemas.for_each(describe_text);
    }
}

fn describe_text(schema: &mut RefOr<Schema>) {
    let RefOr::T(Schema::Object(text)) = schema else { return };
    if text.max_length.is_some() && text.pattern.is_none() {
        text.pattern = Some(if text.min_length.is_some() { WORDS } else { LINE }.to_owned());
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Names every operation by its method and path: `get_products_by_sku`.
pub fn name_operations(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let operations: [(&str, &mut Option<Operation>); 5] = [
            ("get", &mut item.get),
            ("post", &mut item.post),
            ("put", &mut item.put),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                operation.operation_id = Some(name(method, path));
            }
        }
    }
}

fn name(method: &str, path: &str) -> String {
    let path = path.strip_prefix(ROOT).unwrap_or(path.trim_start_matches('/'));
    let mut name = method.to_owned();
    for part in path.split('/') {
        name.push('_');
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(parameter) => {
                name.push_str("by_");
                name.push_str(parameter);
            }
            None => name.extend(part.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })),
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_method_and_path() {
        assert_eq!(name("get", "/api/v1/products/{sku}/prices"), "get_products_by_sku_prices");
        assert_eq!(name("get", "/inventory/{sku}"), "get_inventory_by_sku");
        assert_eq!(name("get", "/api/v1/imports/{id}/errors.csv"), "get_imports_by_id_errors_csv");
    }
}
