//! Smaller answers for who accepts them.
//!
//! Invariant: streams of events and what is compressed already pass untouched; small answers are not worth it.

use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer, Predicate,
        predicate::{And, DefaultPredicate, NotForContentType, SizeAbove},
    },
};

type Worthwhile = And<And<DefaultPredicate, SizeAbove>, And<NotForContentType, NotForContentType>>;

/// Gzip, Brotli or Zstandard, at the speed of a request rather than the size of an archive.
pub(super) fn layer() -> CompressionLayer<Worthwhile> {
    let archives = NotForContentType::const_new("application/zip")
        .and(NotForContentType::const_new("application/vnd.openxmlformats"));
    let worthwhile = DefaultPredicate::new().and(SizeAbove::new(860)).and(archives);
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(worthwhile)
}
