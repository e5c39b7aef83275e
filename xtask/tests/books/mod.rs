//! Servers of the shelf of books that keep their contract.

// Every test file uses a part of this.
#![allow(dead_code)]

use serde_json::{Value, json};

use crate::stall::{Asked, Reply};

/// A shelf that keeps the contract in what its requests show, and checks nothing else.
pub fn right(asked: &Asked) -> Reply {
    let wrong = |status, message: &str| Reply::json(status, json!({ "message": message }));
    match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/books") if asked.token.is_none() => wrong(401, "a token is missing"),
        ("POST", "/books") => {
            let book: Value = serde_json::from_str(&asked.body).unwrap_or_default();
            if book["pages"].as_i64().is_none_or(|pages| pages < 1) {
                return wrong(422, "pages: must be at least 1");
            }
            let mut reply = Reply::json(201, json!({ "id": 7 }));
            reply.headers.push(("Location", "/books/7".to_owned()));
            reply
        }
        ("GET", "/books/7") => Reply::json(200, json!({ "id": 7, "title": "Dune", "pages": 412 })),
        _ => wrong(404, "there is no such book"),
    }
}

/// A shelf that keeps every constraint of the contract.
pub fn strict(asked: &Asked) -> Reply {
    let wrong = |status| Reply::json(status, json!({ "message": "at least" }));
    let method = if asked.path == "/books" { "POST" } else { "GET" };
    if asked.method != method {
        let mut reply = wrong(405);
        reply.headers.push(("Allow", method.to_owned()));
        return reply;
    }
    if asked.method == "POST" {
        if asked.token.as_deref() != Some("a-reader") {
            return wrong(401);
        }
        let Ok(book) = serde_json::from_str::<Value>(&asked.body) else { return wrong(422) };
        let title = book["title"].as_str().is_some_and(|title| (1..=20).contains(&title.chars().count()));
        let pages = book["pages"].as_i64().is_some_and(|pages| (1..=5000).contains(&pages));
        return if title && pages { right(asked) } else { wrong(422) };
    }
    match asked.path.trim_start_matches("/books/").parse::<i64>() {
        Ok(1..=9_007_199_254_740_991) => right(asked),
        _ => wrong(422),
    }
}
