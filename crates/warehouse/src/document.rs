//! What the API document says of every operation alike.
//!
//! Invariant: no two operations have one name, because a name is made of method and path.

use utoipa::openapi::{OpenApi, path::Operation};

const ROOT: &str = "/api/v1/";

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
