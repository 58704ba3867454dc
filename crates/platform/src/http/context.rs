//! What is known of the request being answered, wherever in its handling one stands.
//!
//! Invariant: set once by the outermost layer; outside a request it is the default language and no id.

use std::{future::Future, sync::Arc};

use crate::texts::Locale;

tokio::task_local! {
    static CONTEXT: Context;
}

/// The request being answered. Also put into the request's extensions.
#[derive(Debug, Clone)]
pub struct Context {
    /// Language of the answer.
    pub locale: Locale,
    /// Names the request in answers and logs.
    pub request_id: Arc<str>,
}

/// Runs `work` as part of the request `context`. Tasks spawned inside do not inherit it.
pub async fn scope<F: Future>(context: Context, work: F) -> F::Output {
    CONTEXT.scope(context, work).await
}

/// Language of the answer being made.
pub fn locale() -> Locale {
    CONTEXT.try_with(|context| context.locale).unwrap_or_default()
}

/// Names the request being answered; empty outside one.
pub fn request_id() -> Arc<str> {
    CONTEXT.try_with(|context| Arc::clone(&context.request_id)).unwrap_or_else(|_| Arc::from(""))
}
