//! What is the same for every operation of the OpenAPI document.
//!
//! Invariant: said here once, so that no route can forget it: the key it needs, the problem it may answer, the request's id.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Header, OpenApi, Ref, RefOr, Response,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    fields::MAX_DEPTH,
    problem::{MEDIA_TYPE, ProblemDocument},
};

const KEY_SCHEME: &str = "api_key";

/// Adds to a document of routes what all of them share, and its title and version.
pub fn complete(document: &mut OpenApi, title: &str, version: &str) {
    title.clone_into(&mut document.info.title);
    version.clone_into(&mut document.info.version);
    document.info.license = None;
    document.info.description = Some(conventions());
    document.security = Some(vec![SecurityRequirement::new(KEY_SCHEME, Vec::<String>::new())]);
    add_components(document.components.get_or_insert_with(Components::new));
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        operation.responses.responses.entry("default".to_owned()).or_insert_with(problem);
        for response in operation.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                response.headers.entry("X-Request-ID".to_owned()).or_insert_with(|| RefOr::T(Header::default()));
            }
        }
    }
}

fn conventions() -> String {
    format!(
        "Quantities and money are decimal strings, read exactly; numbers are taken too. Bodies nest at most {MAX_DEPTH} levels. Errors are \
         problem documents (RFC 9457) with a stable `code`, in the language of `Accept-Language` (es, en). Lists take `limit` and `cursor`. \
         `Idempotency-Key` makes a POST safe to repeat."
    )
}

fn add_components(components: &mut Components) {
    let description = "Made by `gondola key create`: gk_<id>_<secret>";
    let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("X-API-Key", description)));
    components.security_schemes.insert(KEY_SCHEME.to_owned(), scheme.into());
    let mut schemas = vec![(ProblemDocument::name().into_owned(), ProblemDocument::schema())];
    ProblemDocument::schemas(&mut schemas);
    components.schemas.extend(schemas);
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, head, .. } = item;
    [get, put, post, delete, patch, head].into_iter().flatten()
}

fn problem() -> RefOr<Response> {
    let content = Content::new(Some(Ref::from_schema_name(ProblemDocument::name())));
    let mut response = Response::new("A problem");
    response.content.insert(MEDIA_TYPE.to_owned(), RefOr::T(content));
    RefOr::T(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Health, routes};

    #[test]
    fn every_operation_says_what_may_go_wrong_and_what_it_needs() {
        let mut document = routes(Health::default()).into_openapi();
        complete(&mut document, "Title", "1.2.3");
        let json = serde_json::to_value(&document).unwrap();
        assert_eq!(json["info"]["version"], "1.2.3");
        let health = &json["paths"]["/health"]["get"];
        assert_eq!(health["security"], serde_json::json!([{}]), "open");
        let problem = &health["responses"]["default"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem");
        let schemas = &json["components"]["schemas"];
        assert_eq!(schemas["Problem"]["properties"]["type"]["type"], "string");
        assert!(schemas["FieldProblem"].is_object(), "{schemas}");
        assert_eq!(json["components"]["securitySchemes"]["api_key"]["name"], "X-API-Key");
    }
}
