//! Where in a request a value stands, and how another one is put there.

use openapi::{Body, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::prove::answer::plain;

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The text of a path parameter in a URL, by the template of its operation.
pub fn path_value(url: &str, template: &str, name: &str) -> Option<String> {
    let at = segment(url, template, name)?;
    path_of(url).split('/').nth(at).map(str::to_owned)
}

/// The request with another text for a path parameter. An empty text would be another path, so there is none.
pub fn with_path(request: &Request, template: &str, name: &str, value: &Value) -> Option<Request> {
    let text = plain(value);
    let at = segment(&request.url, template, name).filter(|_| !text.is_empty())?;
    let path = path_of(&request.url);
    let rest = &request.url[path.len()..];
    let mut segments: Vec<_> = path.split('/').map(str::to_owned).collect();
    segments[at] = encoded(&text);
    Some(Request { url: segments.join("/") + rest, ..request.clone() })
}

/// The text of a query parameter in a URL.
pub fn query_value(url: &str, name: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name)).map(|(_, v)| v.to_owned())
}

/// The request with another text for a query parameter, or without it.
pub fn with_query(request: &Request, name: &str, value: Option<&Value>) -> Request {
    let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let others = query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
    let mut pairs: Vec<_> = others.map(str::to_owned).collect();
    pairs.extend(value.map(|value| format!("{name}={}", encoded(&plain(value)))));
    let url = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
    Request { url, ..request.clone() }
}

/// The text of a header.
pub fn header_value(request: &Request, name: &str) -> Option<String> {
    request.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
}

/// The request with another text for a header, or without it. A text that no header can carry makes no request.
pub fn with_header(request: &Request, name: &str, value: Option<&str>) -> Option<Request> {
    let sendable = |text: &str| text == text.trim() && text.bytes().all(|b| (0x20..0x7f).contains(&b));
    if value.is_some_and(|text| !sendable(text)) {
        return None;
    }
    let mut headers = request.headers.clone();
    headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    headers.extend(value.map(|text| (name.to_owned(), text.to_owned())));
    Some(Request { headers, ..request.clone() })
}

/// The request with another body.
pub fn with_body(request: &Request, body: &str) -> Request {
    Request { body: Some(Body::Text(body.to_owned())), ..request.clone() }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn path_of(url: &str) -> &str {
    url.split('?').next().unwrap_or(url)
}

/// Which segment of the URL is the parameter. URLs begin with what the template lacks, so they are aligned at their ends.
fn segment(url: &str, template: &str, name: &str) -> Option<usize> {
    let placeholder = format!("{{{name}}}");
    let from_end = template.rsplit('/').position(|segment| segment == placeholder)?;
    path_of(url).split('/').count().checked_sub(from_end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request() -> Request {
        Request {
            method: "GET".into(),
            url: "{{baseUrl}}/shelves/{{shelf}}/books/7?limit=5&x=1".into(),
            headers: vec![("Accept".into(), "*/*".into())],
            body: None,
        }
    }

    #[test]
    fn a_parameter_of_the_path_is_found_from_the_end() {
        let template = "/shelves/{shelf}/books/{book}";
        assert_eq!(path_value(&request().url, template, "shelf").as_deref(), Some("{{shelf}}"));
        let changed = with_path(&request(), template, "book", &json!("a/b")).expect("a path");
        assert_eq!(changed.url, "{{baseUrl}}/shelves/{{shelf}}/books/a%2Fb?limit=5&x=1");
        assert_eq!(with_path(&request(), template, "book", &json!("")), None);
    }

    #[test]
    fn a_parameter_of_the_query_is_replaced_added_or_left_out() {
        assert_eq!(query_value(&request().url, "limit").as_deref(), Some("5"));
        assert!(with_query(&request(), "limit", Some(&json!(0))).url.ends_with("?x=1&limit=0"));
        assert!(with_query(&request(), "q", Some(&json!("a&b"))).url.ends_with("?limit=5&x=1&q=a%26b"));
        assert!(with_query(&request(), "limit", None).url.ends_with("?x=1"));
    }

    #[test]
    fn a_header_carries_no_text_that_the_protocol_would_change() {
        assert_eq!(with_header(&request(), "X", Some(" a")), None);
        assert_eq!(with_header(&request(), "X", Some("a\u{1}")), None);
        assert_eq!(with_header(&request(), "accept", None).expect("a request").headers, []);
    }
}
