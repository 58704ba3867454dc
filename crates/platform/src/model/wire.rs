//! What is sent to a model and what comes back (OpenAI's chat completions).
//!
//! Invariant: of an answer only what is known is read, whatever stands beside it; what is not as it should be is no answer.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, Request, header},
};
use serde::{Deserialize, Serialize};

use super::{Cost, ModelFault, Target};
use crate::http::body::is_json;

/// Bytes that a question may have.
pub const MOST_QUESTION_BYTES: usize = 256 * 1024;
/// Tokens that a message costs besides its text.
const FRAME_TOKENS: u64 = 16;

/// What is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// How it is to answer; may be empty.
    pub rules: String,
    /// The question itself.
    pub text: String,
}

/// Tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Of the question.
    pub question: u64,
    /// Of the answer.
    pub answer: u64,
}

impl Usage {
    /// Of both.
    pub const fn tokens(self) -> u64 {
        self.question.saturating_add(self.answer)
    }
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// As it should.
    Whole,
    /// It had no more tokens.
    Cut,
    /// For a reason of the provider's.
    Otherwise,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its words.
    pub text: String,
    /// How they ended.
    pub ending: Ending,
    /// What was used, where the provider says so.
    pub usage: Option<Usage>,
    /// What it cost.
    pub cost: Cost,
}

impl Question {
    /// The most it can use. A token has at least one byte; how many more, only the provider knows.
    pub(super) fn most(&self, answer: u64) -> Usage {
        let bytes = u64::try_from(self.rules.len() + self.text.len()).unwrap_or(u64::MAX);
        Usage { question: bytes.saturating_add(2 * FRAME_TOKENS), answer }
    }
}

#[derive(Serialize)]
struct Asked<'q> {
    model: &'q str,
    messages: Vec<Message<'q>>,
    max_tokens: u64,
    stream: bool,
}

#[derive(Serialize)]
struct Message<'q> {
    role: &'static str,
    content: &'q str,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    usage: Option<Tokens>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    prompt_tokens: u64,
    completion_tokens: u64,
}

/// A question on its way.
pub(super) fn asking(target: &Target, question: &Question) -> Result<Request<Bytes>, ModelFault> {
    if question.rules.len() + question.text.len() > MOST_QUESTION_BYTES {
        return Err(ModelFault::Unfit(format!("it has more than {MOST_QUESTION_BYTES} bytes")));
    }
    let rules = Some(Message { role: "system", content: &question.rules }).filter(|rules| !rules.content.is_empty());
    let messages = rules.into_iter().chain([Message { role: "user", content: &question.text }]).collect();
    let asked =
        Asked { model: &target.settings.name, messages, max_tokens: target.settings.answer_tokens, stream: false };
    let body = serde_json::to_vec(&asked).map_err(|error| ModelFault::Unfit(error.to_string()))?;
    request(target, (&Method::POST, "/chat/completions"), body)
}

/// A request to that path below the model's address, with its key.
pub(super) fn request(
    target: &Target,
    (method, path): (&Method, &str),
    body: Vec<u8>,
) -> Result<Request<Bytes>, ModelFault> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{}{}{path}", target.place.destination, target.place.base))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json")
        .body(Bytes::from(body))
        .map_err(|error| ModelFault::Unfit(error.to_string()))?;
    if let Some(key) = &target.settings.key {
        let shown = HeaderValue::from_str(&format!("Bearer {}", key.expose()));
        let mut shown = shown.map_err(|_| ModelFault::Unfit("its key does not fit into a header".to_owned()))?;
        shown.set_sensitive(true);
        request.headers_mut().insert(header::AUTHORIZATION, shown);
    }
    Ok(request)
}

impl Answer {
    /// The first words that were chosen, of an answer with those headers; their cost is for whoever knows the prices. The error says what is
    /// wrong, and holds nothing of the answer.
    pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Answer, String> {
        if !is_json(headers) {
            return Err("it is not called JSON".to_owned());
        }
        // The place of an error and not its words, which may hold some of the answer.
        let read = serde_json::from_slice(body);
        let Completion { choices, usage } =
            read.map_err(|error| format!("{:?} at {}:{}", error.classify(), error.line(), error.column()))?;
        let choice = choices.into_iter().next().ok_or("it chose nothing")?;
        let text = choice.message.content.filter(|text| !text.is_empty()).ok_or("it said nothing")?;
        let ending = match choice.finish_reason.as_deref() {
            Some("stop") => Ending::Whole,
            Some("length") => Ending::Cut,
            _ => Ending::Otherwise,
        };
        let usage = usage.map(|used| Usage { question: used.prompt_tokens, answer: used.completion_tokens });
        Ok(Answer { text, ending, usage, cost: Cost::default() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: &str = r#"{"id":"x","choices":[{"message":{"role":"assistant","content":"sí \u00e9"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"more":{}}}"#;

    fn read(body: &[u8]) -> Result<Answer, String> {
        let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        Answer::read(&headers, body)
    }

    #[test]
    fn an_answer_is_read_whole_or_not_at_all() {
        let found = read(WHOLE.as_bytes()).unwrap();
        assert_eq!((found.text.as_str(), found.ending), ("sí é", Ending::Cut));
        assert_eq!(found.usage, Some(Usage { question: 1, answer: 2 }));
        for end in 0..WHOLE.len() {
            assert!(read(&WHOLE.as_bytes()[..end]).is_err(), "cut at {end}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_an_answer_or_an_error(at in 0..WHOLE.len(), byte in any::<u8>(), odd in any::<Vec<u8>>()) {
            let mut other = WHOLE.as_bytes().to_vec();
            other[at] = byte;
            let _ = read(&other);
            prop_assert!(read(&odd).is_err());
        }
    }
}
