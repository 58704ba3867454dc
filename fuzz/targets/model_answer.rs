//! What a language model answers, whoever stands there: another reading of the same JSON finds the same words and the same use.
#![no_main]

use std::time::Duration;

use gondola_fuzz::answer;
use libfuzzer_sys::fuzz_target;
use platform::{
    model::{Answer, Ending},
    outgoing::retry_after,
};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let (headers, body) = answer(bytes);
    assert!(retry_after(&headers).is_none_or(|wait| wait <= Duration::from_secs(3600)));
    let read = match Answer::read(&headers, body) {
        Ok(read) => read,
        Err(reason) => return tells_nothing(&reason, body),
    };
    assert!(!read.text.is_empty() && read.text.len() <= body.len());
    // Another reader takes fewer: deep ones and numbers out of its range are not for it.
    let Ok(other) = serde_json::from_slice::<Value>(body) else { return };
    let text = |place: &str| other.pointer(place).and_then(Value::as_str);
    if let Some(words) = text("/choices/0/message/content") {
        assert_eq!(words, read.text);
    }
    match text("/choices/0/finish_reason") {
        Some("stop") => assert_eq!(read.ending, Ending::Whole),
        Some("length") => assert_eq!(read.ending, Ending::Cut),
        Some(_) => assert_eq!(read.ending, Ending::Otherwise),
        None => {}
    }
    let number = |place: &str| other.pointer(place).and_then(Value::as_u64);
    let used = number("/usage/prompt_tokens").zip(number("/usage/completion_tokens"));
    if let (Some((question, answer)), Some(usage)) = (used, read.usage) {
        assert_eq!((usage.question, usage.answer), (question, answer));
        assert!(usage.tokens() >= question.max(answer));
    }
});

/// Why it is none says where, in words of ours: a log holds nothing of what came.
fn tells_nothing(reason: &str, body: &[u8]) {
    assert!(!reason.is_empty() && reason.len() <= 80, "{reason}");
    let planted = body.windows(12).find(|part| part.iter().all(u8::is_ascii_digit));
    let planted = planted.and_then(|part| std::str::from_utf8(part).ok());
    assert!(planted.is_none_or(|part| !reason.contains(part)), "{reason}");
}
