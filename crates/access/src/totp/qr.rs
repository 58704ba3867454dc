//! A QR code as a picture in a page.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light modules around it (ISO/IEC 18004, section 6.3.8).
const QUIET: i32 = 4;

/// The text as SVG, black on white whatever the page's colours are, because cameras want it so. `None` for a text too long for one.
pub(super) fn svg(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size() + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let length = (x..code.size()).take_while(|x| code.get_module(*x, y)).count();
            let run = i32::try_from(length).unwrap_or(1);
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + QUIET, y + QUIET);
            }
            x += run.max(1);
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" \
         role=\"img\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path d=\"{path}\" fill=\"#000\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws a picture of ours into a grid again.
    fn modules(svg: &str) -> Vec<(i32, i32)> {
        let path = svg.split(" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let runs = path.split('M').skip(1).map(|run| {
            let (at, rest) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let length: i32 = rest.split('v').next().unwrap().parse().unwrap();
            (x.parse::<i32>().unwrap(), y.parse::<i32>().unwrap(), length)
        });
        runs.flat_map(|(x, y, length)| (x..x + length).map(move |x| (x, y))).collect()
    }

    #[test]
    fn every_module_is_where_it_belongs() {
        let text = "otpauth://totp/x:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=x";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let drawn = modules(&svg(text).unwrap());
        let expected = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let expected: Vec<_> =
            expected.filter(|(x, y)| code.get_module(*x, *y)).map(|(x, y)| (x + QUIET, y + QUIET)).collect();
        assert_eq!(drawn, expected);
        assert_eq!(svg(&"x".repeat(5000)), None);
    }
}
