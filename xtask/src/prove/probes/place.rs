//! Where in a request a value stands, and how another one is put there.

use openapi::{Body, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;

use crate::prove::answer::plain;

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The text of a path parameter in a URL as it stands there, by the template of its operation.
pub fn path_value(url: &str, template: &str, name: &str) -> Option<String> {
    let at = segment(url, template, name)?;
    path_of(url).split('/').nth(at).map(str::to_owned)
}

/// The request with another text for a path parameter. An empty text would be another path, so there is none.
pub fn with_path(request: &Request, template: &str, name: &str, value: &Value) -> Result<Request, &'static str> {
    let text = plain(value);
    if text.is_empty() {
        return Err("an empty text makes another path");
    }
    let at = segment(&request.url, template, name).ok_or("it is no segment of the request's URL")?;
    let path = path_of(&request.url);
    let rest = &request.url[path.len()..];
    let mut segments: Vec<_> = path.split('/').map(str::to_owned).collect();
    segments[at] = encoded(&text);
    Ok(Request { url: segments.join("/") + rest, ..request.clone() })
}

/// The texts of a query parameter in a URL as they stand there, one for each time that it is given.
pub fn query_values(url: &str, name: &str) -> Vec<String> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).collect()
}

/// The request with another value of a query parameter, or without it. Each item of a list is given by itself.
pub fn with_query(request: &Request, name: &str, value: Option<&Value>) -> Request {
    let (path, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let others = query.split('&').filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(name));
    let mut pairs: Vec<_> = others.map(str::to_owned).collect();
    let values = match value {
        Some(Value::Array(items)) => items.iter().collect(),
        other => other.into_iter().collect::<Vec<_>>(),
    };
    pairs.extend(values.into_iter().map(|value| format!("{name}={}", encoded(&plain(value)))));
    let url = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
    Request { url, ..request.clone() }
}

/// The text of a header.
pub fn header_value(request: &Request, name: &str) -> Option<String> {
    request.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
}

/// The request with another text for a header, or without it. A text that no header can carry makes no request.
pub fn with_header(request: &Request, name: &str, value: Option<&str>) -> Result<Request, &'static str> {
    let sendable = |text: &str| text == text.trim() && text.bytes().all(|b| (0x20..0x7f).contains(&b));
    if value.is_some_and(|text| !sendable(text)) {
        return Err("no header can carry it");
    }
    let mut headers = request.headers.clone();
    headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    headers.extend(value.map(|text| (name.to_owned(), text.to_owned())));
    Ok(Request { headers, ..request.clone() })
}

/// The request with another body.
pub fn with_body(request: &Request, body: &str) -> Request {
    Request { body: Some(Body::Text(body.to_owned())), ..request.clone() }
}

/// What a text of a path stands for.
pub fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// What a text of a query stands for. Servers read it as that of a form, in which `+` is a space.
pub fn decoded_query(text: &str) -> String {
    decoded(&text.replace('+', " "))
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
        assert!(with_path(&request(), template, "book", &json!("")).is_err());
    }

    #[test]
    fn a_parameter_of_the_query_is_replaced_added_or_left_out() {
        assert_eq!(query_values(&request().url, "limit"), ["5"]);
        assert!(with_query(&request(), "limit", Some(&json!(0))).url.ends_with("?x=1&limit=0"));
        assert!(with_query(&request(), "q", Some(&json!("a&b"))).url.ends_with("?limit=5&x=1&q=a%26b"));
        assert!(with_query(&request(), "limit", None).url.ends_with("?x=1"));
    }

    #[test]
    fn each_item_of_a_list_is_given_by_itself() {
        let tags = json!(["a", "b c"]);
        let url = with_query(&request(), "tag", Some(&tags)).url;
        assert!(url.ends_with("?limit=5&x=1&tag=a&tag=b%20c"), "{url}");
        assert_eq!(query_values(&url, "tag").iter().map(|text| decoded_query(text)).collect::<Vec<_>>(), ["a", "b c"]);
    }

    #[test]
    fn a_value_of_a_query_is_that_of_a_form() {
        assert_eq!(["a+b", "a%2Bb", "50%"].map(decoded_query), ["a b", "a+b", "50%"]);
        assert_eq!(["a+b", "a%2Fb"].map(decoded), ["a+b", "a/b"]);
    }

    #[test]
    fn a_header_carries_no_text_that_the_protocol_would_change() {
        assert!(with_header(&request(), "X", Some(" a")).is_err());
        assert!(with_header(&request(), "X", Some("a\u{1}")).is_err());
        assert_eq!(with_header(&request(), "accept", None).expect("a request").headers, []);
    }
}
