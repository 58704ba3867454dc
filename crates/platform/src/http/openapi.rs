//! What is the same for every operation of the OpenAPI document.
//!
//! Invariant: said here once, so that no route can forget it: the key it needs, the problems any of its sort may answer, the
//! request's id. There is no `default` answer: a status that an operation does not name is a fault of the document.

mod describe;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Components, Content, Header, OpenApi, Ref, RefOr, Response,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

pub use describe::{describe_texts, name_operations};

use super::{
    fields::MAX_DEPTH,
    problem::{MEDIA_TYPE, ProblemDocument},
};

const KEY_SCHEME: &str = "api_key";
const TOKEN_SCHEME: &str = "token";

/// Adds to a document of routes what all of them share, and its title and version.
pub fn complete(document: &mut OpenApi, title: &str, version: &str) {
    title.clone_into(&mut document.info.title);
    version.clone_into(&mut document.info.version);
    // Those of the library the routes are gathered with.
    (document.info.license, document.info.contact) = (None, None);
    document.info.description = Some(conventions());
    let either = [KEY_SCHEME, TOKEN_SCHEME].map(|scheme| SecurityRequirement::new(scheme, Vec::<String>::new()));
    document.security = Some(either.into());
    add_components(document.components.get_or_insert_with(Components::new));
    for (path, item) in &mut document.paths.paths {
        for (changes, operation) in operations(item) {
            say_open(operation);
            let named = path.contains('{');
            for (status, description) in shared(operation, (changes, named)) {
                operation.responses.responses.entry(status.to_owned()).or_insert_with(|| problem(description));
            }
            name_request(operation);
        }
    }
}

/// Whether an operation changes something, and whether its path names something.
type Sort = (bool, bool);

/// The problems every operation of a sort may answer; what only one of them answers it says itself.
fn shared(operation: &Operation, (changes, named): Sort) -> Vec<(&'static str, &'static str)> {
    let always = [
        ("414", "An address of more than 8 192 bytes"),
        ("421", "Not a name of this server"),
        ("500", "A fault of the server"),
        ("503", "Not now; `Retry-After` says when"),
    ];
    let keyed = [
        ("400", "It could not be read"),
        ("401", "No valid key"),
        ("403", "The key does not allow it"),
        ("429", "Too often, or too much at once; `Retry-After` says when"),
        ("422", "Values that break rules, all of them in `errors`"),
    ];
    let body = [
        ("408", "Its body did not arrive in time"),
        ("413", "More bytes than are taken"),
        ("415", "Not in a form that is read"),
    ];
    let change = [("409", "It does not fit the present state")];
    let missing = [("404", "There is no such thing")];
    let mut all = always.to_vec();
    let wanted: [(bool, &[_]); 4] = [
        (!is_open(operation), &keyed),
        (operation.request_body.is_some(), &body),
        (changes, &change),
        (named, &missing),
    ];
    all.extend(wanted.into_iter().filter(|(wanted, _)| *wanted).flat_map(|(_, problems)| problems));
    all
}

fn is_open(operation: &Operation) -> bool {
    operation.security.as_ref().is_some_and(Vec::is_empty)
}

/// An operation that needs no key is gathered as one that may do without; readers take that for one that has a use for it.
fn say_open(operation: &mut Operation) {
    let free = serde_json::json!([{}]);
    if operation.security.as_ref().is_some_and(|needs| serde_json::to_value(needs).is_ok_and(|needs| needs == free)) {
        operation.security = Some(Vec::new());
    }
}

fn name_request(operation: &mut Operation) {
    for response in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = response {
            response.headers.entry("X-Request-ID".to_owned()).or_insert_with(|| RefOr::T(Header::default()));
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
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let bearer = bearer.description(Some("Given by `POST /api/v1/auth/token` for a key")).build();
    components.security_schemes.insert(TOKEN_SCHEME.to_owned(), SecurityScheme::Http(bearer).into());
    let mut schemas = vec![(ProblemDocument::name().into_owned(), ProblemDocument::schema())];
    ProblemDocument::schemas(&mut schemas);
    components.schemas.extend(schemas);
}

/// Every operation, and whether it changes something.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    let PathItem { get, put, post, delete, patch, head, .. } = item;
    let reading = [get, head].into_iter().flatten().map(|operation| (false, operation));
    let changing = [put, post, delete, patch].into_iter().flatten().map(|operation| (true, operation));
    reading.chain(changing)
}

fn problem(description: &str) -> RefOr<Response> {
    let content = Content::new(Some(Ref::from_schema_name(ProblemDocument::name())));
    let mut response = Response::new(description);
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
        assert!(json["info"]["contact"].is_null() && json["info"]["license"].is_null(), "{}", json["info"]);
        assert_eq!(health["security"], serde_json::json!([]), "open");
        let problem = &health["responses"]["503"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem");
        let statuses: Vec<&String> = health["responses"].as_object().unwrap().keys().collect();
        assert_eq!(statuses, ["200", "414", "421", "500", "503"]);
        let schemas = &json["components"]["schemas"];
        assert_eq!(schemas["Problem"]["properties"]["type"]["type"], "string");
        assert!(schemas["FieldProblem"].is_object(), "{schemas}");
        assert_eq!(json["components"]["securitySchemes"]["api_key"]["name"], "X-API-Key");
        assert_eq!(json["components"]["securitySchemes"]["token"]["scheme"], "bearer");
    }

    #[test]
    fn what_an_operation_may_answer_follows_from_what_it_takes() {
        let statuses = |operation: &Operation, sort| -> Vec<&str> {
            shared(operation, sort).into_iter().map(|(status, _)| status).collect()
        };
        let mut operation = Operation::new();
        assert_eq!(
            statuses(&operation, (false, false)),
            ["414", "421", "500", "503", "400", "401", "403", "429", "422"]
        );
        operation.request_body = Some(RefOr::T(utoipa::openapi::request_body::RequestBody::default()));
        let changing = statuses(&operation, (true, true));
        assert!(
            ["404", "408", "409", "413", "415", "429"].iter().all(|status| changing.contains(status)),
            "{changing:?}"
        );
        operation.security = Some(Vec::new());
        assert!(!statuses(&operation, (true, true)).contains(&"401"));
    }
}
