//! What is the same for every operation of the OpenAPI document.
//!
//! Invariant: said here once, so that no route can forget it: the key it needs, the problems any of its sort may answer, the
//! request's id. There is no `default` answer: a status that an operation does not name is a fault of the document.

mod describe;

use axum::body::Bytes;
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        Header, OpenApi,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

pub use describe::{describe_texts, name_operations};

use super::{
    fields::MAX_DEPTH,
    problem::{MEDIA_TYPE, ProblemDocument},
};

const KEY_SCHEME: &str = "api_key";
const TOKEN_SCHEME: &str = "token";
/// The methods that only read, then those that change something.
const METHODS: [(&str, bool); 6] =
    [("get", false), ("head", false), ("put", true), ("post", true), ("delete", true), ("patch", true)];

/// A document of routes as it is served: with what all of them share, and its title and version.
///
/// It is completed as JSON: the library's own types take some kilobytes for each answer's headers alone, which a server would hold
/// for as long as it runs.
///
/// # Errors
///
/// A description that JSON cannot say, which is a fault of the program.
pub fn complete(document: OpenApi, title: &str, version: &str) -> serde_json::Result<Bytes> {
    let mut whole = serde_json::to_value(&document)?;
    drop(document);
    // Without the licence and the contact, which are those of the library the routes are gathered with.
    whole["info"] = json!({ "title": title, "version": version, "description": conventions() });
    whole["security"] = json!([{ KEY_SCHEME: [] }, { TOKEN_SCHEME: [] }]);
    add_components(&mut whole["components"])?;
    let header = serde_json::to_value(Header::default())?;
    for (path, item) in whole["paths"].as_object_mut().into_iter().flatten() {
        for (method, changes) in METHODS {
            if let Some(operation) = item.get_mut(method) {
                complete_operation(operation, (changes, path.contains('{')), &header);
            }
        }
    }
    serde_json::to_vec(&whole).map(Bytes::from)
}

/// Whether an operation changes something, and whether its path names something.
type Sort = (bool, bool);

fn complete_operation(operation: &mut Value, sort: Sort, header: &Value) {
    say_open(operation);
    let problems = shared(operation, sort);
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (status, description) in problems {
        responses.entry(status).or_insert_with(|| problem(description));
    }
    for response in responses.values_mut().filter_map(Value::as_object_mut) {
        if let Some(headers) = response.entry("headers").or_insert_with(|| json!({})).as_object_mut() {
            headers.entry("X-Request-ID").or_insert_with(|| header.clone());
        }
    }
}

/// The problems every operation of a sort may answer; what only one of them answers it says itself.
fn shared(operation: &Value, (changes, named): Sort) -> Vec<(&'static str, &'static str)> {
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
        (operation.get("requestBody").is_some(), &body),
        (changes, &change),
        (named, &missing),
    ];
    all.extend(wanted.into_iter().filter(|(wanted, _)| *wanted).flat_map(|(_, problems)| problems));
    all
}

fn is_open(operation: &Value) -> bool {
    operation.get("security").and_then(Value::as_array).is_some_and(Vec::is_empty)
}

/// An operation that needs no key is gathered as one that may do without; readers take that for one that has a use for it.
fn say_open(operation: &mut Value) {
    if operation.get("security").is_some_and(|needs| *needs == json!([{}])) {
        operation["security"] = json!([]);
    }
}

fn conventions() -> String {
    format!(
        "Quantities and money are decimal strings, read exactly; numbers are taken too. Bodies nest at most {MAX_DEPTH} levels. Errors are \
         problem documents (RFC 9457) with a stable `code`, in the language of `Accept-Language` (es, en). Lists take `limit` and `cursor`. \
         `Idempotency-Key` makes a POST safe to repeat."
    )
}

fn add_components(components: &mut Value) -> serde_json::Result<()> {
    let description = "Made by `gondola key create`: gk_<id>_<secret>";
    let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("X-API-Key", description)));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let bearer = bearer.description(Some("Given by `POST /api/v1/auth/token` for a key")).build();
    components["securitySchemes"] = json!({ KEY_SCHEME: key, TOKEN_SCHEME: SecurityScheme::Http(bearer) });
    let mut schemas = vec![(ProblemDocument::name().into_owned(), ProblemDocument::schema())];
    ProblemDocument::schemas(&mut schemas);
    for (name, schema) in schemas {
        components["schemas"][name] = serde_json::to_value(schema)?;
    }
    Ok(())
}

fn problem(description: &str) -> Value {
    let schema = json!({ "$ref": format!("#/components/schemas/{}", ProblemDocument::name()) });
    let content = Map::from_iter([(MEDIA_TYPE.to_owned(), json!({ "schema": schema }))]);
    json!({ "description": description, "content": content })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Health, routes};

    #[test]
    fn every_operation_says_what_may_go_wrong_and_what_it_needs() {
        let served = complete(routes(Health::default()).into_openapi(), "Title", "1.2.3").unwrap();
        let json: Value = serde_json::from_slice(&served).unwrap();
        assert_eq!(json["info"]["version"], "1.2.3");
        let health = &json["paths"]["/health"]["get"];
        assert!(json["info"]["contact"].is_null() && json["info"]["license"].is_null(), "{}", json["info"]);
        assert_eq!(health["security"], serde_json::json!([]), "open");
        let problem = &health["responses"]["503"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem");
        assert_eq!(health["responses"]["503"]["headers"]["X-Request-ID"]["schema"]["type"], "string");
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
        let statuses = |operation: &Value, sort| -> Vec<&str> {
            shared(operation, sort).into_iter().map(|(status, _)| status).collect()
        };
        let mut operation = json!({});
        assert_eq!(
            statuses(&operation, (false, false)),
            ["414", "421", "500", "503", "400", "401", "403", "429", "422"]
        );
        operation["requestBody"] = json!({});
        let changing = statuses(&operation, (true, true));
        assert!(
            ["404", "408", "409", "413", "415", "429"].iter().all(|status| changing.contains(status)),
            "{changing:?}"
        );
        operation["security"] = json!([]);
        assert!(!statuses(&operation, (true, true)).contains(&"401"));
    }
}
