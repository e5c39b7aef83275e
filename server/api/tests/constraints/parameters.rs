//! One probe for each constraint of a parameter.

use crate::stub::{answer, serve, told};

const ID: &str = "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f";

macro_rules! get {
    ($server:expr, $path:expr) => {
        answer($server.client.get($server.url($path)).header("x-depth", "1")).await
    };
}

#[tokio::test]
async fn parameters_arrive_typed_and_with_their_defaults() {
    let server = serve().await;
    let (status, body) = get!(server, &format!("/parameters/{ID}?text=a%20b"));
    assert_eq!(status, 200, "{body}");
    assert_eq!((&body["id"], &body["text"], &body["number"]), (&ID.into(), &"a b".into(), &"2".into()));
    assert_eq!((&body["many"], &body["since"], &body["depth"]), (&"None".into(), &"None".into(), &"1".into()));
    let query = "text=a+b&number=5&ratio=1&flag=true&colour=dark-green&since=2026-01-25T21:30:00%2B01:00&many=-3&many=3&joined=a,b";
    let (status, body) = get!(server, &format!("/parameters/{ID}?{query}"));
    assert_eq!(status, 200, "{body}");
    assert_eq!((&body["text"], &body["number"], &body["flag"]), (&"a b".into(), &"5".into(), &"Some(true)".into()));
    assert_eq!((&body["many"], &body["joined"]), (&"Some([-3, 3])".into(), &"Some([\"a\", \"b\"])".into()));
    assert_eq!(body["since"], "Some(2026-01-25T20:30:00Z)");
}

#[tokio::test]
async fn every_rule_of_a_parameter_is_kept() {
    let server = serve().await;
    for (query, expected) in [
        ("text=a", "text: must have at least 2 characters"),
        ("text=abcd", "text: must have at most 3 characters"),
        ("number=2", "text: is required"),
        ("text=ab&number=0", "number: must be at least 1"),
        ("text=ab&number=6", "number: must be at most 5"),
        ("text=ab&number=x", "number: must be an integer, not a string"),
        ("text=ab&number=1.0", "number: must be an integer, not a string"),
        ("text=ab&number=", "number: must be an integer, not a string"),
        ("text=ab&number=%2B1", "number: must be an integer, not a string"),
        ("text=ab&number=+1", "number: must be an integer, not a string"),
        ("text=ab&number=01", "number: must be an integer, not a string"),
        ("text=ab&number=-0", "number: must be an integer, not a string"),
        ("text=ab&number=1e0", "number: must be an integer, not a string"),
        ("text=ab&number=0x1", "number: must be an integer, not a string"),
        ("text=ab&number=1&number=1", "number: is given more than once"),
        ("text=ab&ratio=1.1", "ratio: must be at most 1"),
        ("text=ab&ratio=NaN", "ratio: must be a number, not a string"),
        ("text=ab&ratio=.5", "ratio: must be a number, not a string"),
        ("text=ab&ratio=%2B0.5", "ratio: must be a number, not a string"),
        ("text=ab&ratio=1e400", "ratio: must be a number, not a string"),
        ("text=ab&flag=yes", "flag: must be a boolean, not a string"),
        ("text=ab&colour=pink", "colour: must be one of `red`, `dark-green`, `image/png`, `type`"),
        ("text=ab&since=yesterday", "since: must be a date and time with an offset such as 2026-01-25T21:30:00Z"),
        ("text=ab&many=1&many=2&many=3", "many: must have at most 2 items"),
        ("text=ab&many=4", "many[0]: must be at most 3"),
        ("text=ab&joined=a,B", "joined[1]: must match the pattern ^[a-z]+$"),
        ("text=ab&nummer=1", "nummer: is no query parameter of this operation"),
        ("text=%FF", "text: must be UTF-8 with percent-encoding"),
    ] {
        let answer = get!(server, &format!("/parameters/{ID}?{query}"));
        let told = told(&answer);
        assert!(told.contains(&expected.to_owned()), "{query}: {told:?}");
    }
}

#[tokio::test]
async fn path_and_header_parameters_are_checked_too() {
    let server = serve().await;
    let answer_bad_id = get!(server, "/parameters/not-a-uuid?text=ab");
    assert_eq!(told(&answer_bad_id), ["id: must be a UUID such as 5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f"]);
    let missing = server.get(&format!("/parameters/{ID}?text=ab")).await;
    assert_eq!(told(&missing), ["X-Depth: is required"]);
    let request = || server.client.get(server.url(&format!("/parameters/{ID}?text=ab")));
    let bad = answer(request().header("x-depth", "deep").header("x-trace", "XYZ")).await;
    assert_eq!(
        told(&bad),
        ["X-Trace: must match the pattern ^[0-9a-f]+$", "X-Depth: must be an integer, not a string"]
    );
    let twice = answer(request().header("x-depth", "1").header("x-depth", "2")).await;
    assert_eq!(told(&twice), ["X-Depth: is given more than once"]);
    let good = answer(request().header("x-depth", "1").header("x-trace", "0af")).await;
    assert_eq!(good.0, 200);
}

#[tokio::test]
async fn parameters_and_body_are_told_together_and_before_the_bytes_are_read() {
    let server = serve().await;
    let put = server.client.put(server.url("/bytes/long-name")).body("x");
    assert_eq!(told(&answer(put).await), ["name: must have at most 3 characters"]);
}

#[tokio::test]
async fn replies_carry_the_declared_headers() {
    let server = serve().await;
    let url = server.url(&format!("/parameters/{ID}?text=ab&since=2026-01-25T21:30:00.5Z"));
    let response = server.client.get(url).header("x-depth", "1").send().await.unwrap();
    assert_eq!(response.headers()["x-count"], "3");
    assert_eq!(response.headers()["x-colour"], "dark-green");
    assert_eq!(response.headers()["last-seen"], "2026-01-25T21:30:00.500Z");
    let url = server.url(&format!("/parameters/{ID}?text=429"));
    let response = server.client.get(url).header("x-depth", "1").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    assert!(!response.headers().contains_key("x-colour"));
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_a_failure_with_the_id_of_the_request() {
    let server = serve().await;
    let (status, body) = get!(server, &format!("/parameters/{ID}?text=a%0Ab"));
    assert_eq!((status, body["code"].as_str()), (500, Some("INTERNAL_ERROR")));
    assert!(body["requestId"].as_str().is_some_and(|id| !id.is_empty()));
}

#[tokio::test]
async fn names_that_mean_something_to_the_generated_code_are_names_like_any_other() {
    let server = serve().await;
    let sent = serde_json::json!({ "ref": "r", "characters": "abcde", "pattern": "a", "items": ["i"], "word": "日本" });
    let body = sent.to_string();
    let url = server.url("/awkward?input=in&rqctx=r&incoming=i&body=b&self=s");
    let request = server.client.post(url).header("content-type", "application/json").body(body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(
        (&response.headers()["x-rate-limit"], &response.headers()["x-ratelimit"]),
        (&"in".parse().unwrap(), &"s".parse().unwrap())
    );
    assert_eq!(response.json::<serde_json::Value>().await.unwrap(), sent);

    let body = r#"{ "order": {}, "orderItem": {} }"#;
    let (_, answer) = server.post("/awkward", body).await;
    assert_eq!(answer, serde_json::json!({ "order": { "itemQuantity": 1 }, "orderItem": { "quantity": 2 } }));
    let wrong = r#"{ "ref": "", "characters": "abcdef", "pattern": "A", "items": [""], "word": "all" }"#;
    assert_eq!(told(&server.post("/awkward", wrong).await).len(), 5);
}
