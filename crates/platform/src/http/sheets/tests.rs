use std::sync::{Arc, Mutex};

use axum::body::to_bytes;

use super::*;

/// So many pages of two rows, then the end, or a failure.
struct Counted {
    left: u32,
    breaks: bool,
}

impl Pages for Counted {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Rows>, Problem>> {
        let rows = vec![vec![Cell::text("=1+1"), Cell::from(7)], vec![Cell::Empty, Cell::from(8)]];
        let page = match self.left {
            0 if self.breaks => Err(Problem::bug("broken off")),
            0 => Ok(None),
            _ => Ok(Some(rows)),
        };
        self.left = self.left.saturating_sub(1);
        std::future::ready(page).boxed()
    }
}

type Noted = Arc<Mutex<Option<Taken>>>;

async fn taken(form: Form, pages: Counted) -> (Result<Response, Problem>, Noted) {
    let noted = Noted::default();
    let note = Arc::clone(&noted);
    let tell = move |taken| *note.lock().unwrap() = Some(taken);
    (answer(("stock", form), &["name", "count"], pages, tell).await, noted)
}

#[tokio::test]
async fn a_table_goes_out_whole_and_its_rows_are_told() {
    for form in [Form::Csv, Form::Xlsx] {
        let (response, noted) = taken(form, Counted { left: 3, breaks: false }).await;
        let response = response.unwrap();
        let named = response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        assert!(named.ends_with(&format!("\"stock.{}\"", form.ends())), "{named}");
        let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
        if form == Form::Csv {
            assert_eq!(body, "name,count\n".to_owned() + &"'=1+1,7\n,8\n".repeat(3));
        }
        assert_eq!(*noted.lock().unwrap(), Some(Taken { rows: 6, whole: true }));
    }
}

#[tokio::test]
async fn a_table_that_breaks_off_is_told_as_a_part() {
    let (response, noted) = taken(Form::Csv, Counted { left: 2, breaks: true }).await;
    assert!(to_bytes(response.unwrap().into_body(), 1_000_000).await.is_err(), "nobody takes a part for the whole");
    assert_eq!(*noted.lock().unwrap(), Some(Taken { rows: 4, whole: false }));
    let (response, noted) = taken(Form::Csv, Counted { left: 9, breaks: false }).await;
    drop(response);
    assert_eq!(*noted.lock().unwrap(), Some(Taken { rows: 2, whole: false }), "the first page was read");
    let (response, noted) = taken(Form::Xlsx, Counted { left: 2, breaks: true }).await;
    assert!(response.is_err());
    assert_eq!(noted.lock().unwrap().map(|taken| taken.whole), Some(false));
}
