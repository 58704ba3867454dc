//! The ids of a trace, as the W3C writes them (Trace Context).
//!
//! Invariant: a header that is not written as it should be is no header; an id is never zero.

use std::fmt;

/// Which trace something is part of, and which of its spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceIds {
    /// Of the whole trace.
    pub trace: u128,
    /// Of the span.
    pub span: u64,
    /// Whether its spans are kept.
    pub sampled: bool,
}

impl TraceIds {
    /// What a `traceparent` header says; `None` for anything that is not one.
    pub fn parse(header: &str) -> Option<TraceIds> {
        let mut parts = header.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        // A later version may say more, but says these first.
        let known = version == "00" && parts.next().is_none() || version != "00" && version != "ff";
        let (trace, span) = (hex(trace, 32)?, hex(span, 16)?);
        let (flags, _) = (hex(flags, 2)?, hex(version, 2)?);
        let span = u64::try_from(span).ok()?;
        (known && trace != 0 && span != 0).then_some(TraceIds { trace, span, sampled: flags & 1 == 1 })
    }

    /// The trace's id as it is written.
    pub fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    /// The span's id as it is written.
    pub fn span_id(&self) -> String {
        format!("{:016x}", self.span)
    }
}

/// As `traceparent` and `traceresponse` write it.
impl fmt::Display for TraceIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.sampled))
    }
}

/// So many lower-case hexadecimal digits.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let written = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if written { u128::from_str_radix(text, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_anything_else_is_nothing() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let ids = TraceIds::parse(text).unwrap();
        assert_eq!((ids.to_string().as_str(), ids.sampled), (text, true));
        assert_eq!(ids.trace_id(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(ids.span_id(), "b7ad6b7169203331");
        assert!(!TraceIds::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").unwrap().sampled);
        assert!(
            TraceIds::parse("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more").is_some(),
            "a later version"
        );
        for odd in [
            "",
            "00",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "0+-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceIds::parse(odd), None, "{odd}");
        }
    }
}
