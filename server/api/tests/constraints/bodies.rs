//! One probe for each constraint of a body, beside the value at its boundary.

use serde_json::{Value, json};

use crate::stub::{Served, serve, told};

fn with(name: &str, value: Value) -> String {
    let mut body = json!({ "name": "ab", "nothing": null, "id": "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f" });
    body[name] = value;
    body.to_string()
}

async fn allowed(server: &Served, name: &str, values: impl IntoIterator<Item = Value>) {
    for value in values {
        let (status, body) = server.post("/everything", &with(name, value.clone())).await;
        assert_eq!(status, 200, "{name} = {value}: {body}");
        assert!(same(&body[name], &value), "{name} = {value} came back as {}", body[name]);
    }
}

/// Numbers and times may be written in another way.
fn same(left: &Value, right: &Value) -> bool {
    let time = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap_or_default()).ok();
    left == right
        || (left.is_number() && left.as_f64() == right.as_f64())
        || (time(left).is_some() && time(left) == time(right))
}

async fn refused(server: &Served, name: &str, probes: impl IntoIterator<Item = (Value, &str)>) {
    for (value, expected) in probes {
        let answer = server.post("/everything", &with(name, value.clone())).await;
        assert_eq!(told(&answer), [expected], "{name} = {value}");
    }
}

#[tokio::test]
async fn text_lengths_count_characters() {
    let server = serve().await;
    allowed(&server, "name", [json!("ab"), json!("abcd"), json!("äöü€"), json!("🙂🙂🙂🙂")]).await;
    refused(
        &server,
        "name",
        [
            (json!("a"), "name: must have at least 2 characters"),
            (json!("🙂"), "name: must have at least 2 characters"),
            (json!("abcde"), "name: must have at most 4 characters"),
        ],
    )
    .await;
}

#[tokio::test]
async fn patterns_are_those_of_the_contract() {
    let server = serve().await;
    allowed(&server, "pattern", [json!("a/b"), json!("aaa/b")]).await;
    refused(
        &server,
        "pattern",
        [
            (json!("/b"), "pattern: must match the pattern ^a+\\/b$"),
            (json!("a/b\n"), "pattern: must match the pattern ^a+\\/b$"),
        ],
    )
    .await;
    allowed(&server, "code", [json!("AB12")]).await;
    // Arabic digits are digits to Unicode, and none to ECMAScript.
    refused(&server, "code", [(json!("AB١٢"), "code: must match the pattern ^[A-Z]{2}\\d{2}$")]).await;
}

#[tokio::test]
async fn integers_have_a_width_and_a_range() {
    let server = serve().await;
    allowed(&server, "small", [json!(i32::MIN), json!(i32::MAX)]).await;
    refused(
        &server,
        "small",
        [
            (json!(2_147_483_648_i64), "small: must be at most 2147483647"),
            (json!(-2_147_483_649_i64), "small: must be at least -2147483648"),
            (json!(1.5), "small: must be an integer without a fraction"),
            (json!(1.0), "small: must be an integer without a fraction"),
            (json!("1"), "small: must be an integer, not a string"),
        ],
    )
    .await;
    allowed(&server, "ranged", [json!(1), json!(10)]).await;
    refused(
        &server,
        "ranged",
        [
            (json!(0), "ranged: must be at least 1"),
            (json!(11), "ranged: must be at most 10"),
            (json!(null), "ranged: must be an integer, not null"),
        ],
    )
    .await;
    allowed(&server, "large", [json!(0), json!(9_007_199_254_740_991_i64)]).await;
    refused(
        &server,
        "large",
        [
            (json!(-1), "large: must be at least 0"),
            (json!(9_007_199_254_740_992_i64), "large: must be at most 9007199254740991"),
            (json!(u64::MAX), "large: is too large"),
        ],
    )
    .await;
}

#[tokio::test]
async fn numbers_have_a_range() {
    let server = serve().await;
    allowed(&server, "ratio", [json!(0), json!(0.5), json!(1.0)]).await;
    refused(
        &server,
        "ratio",
        [
            (json!(-0.01), "ratio: must be at least 0"),
            (json!(1.01), "ratio: must be at most 1"),
            (json!(true), "ratio: must be a number, not a boolean"),
        ],
    )
    .await;
    allowed(&server, "tenth", [json!(0.1), json!(-1)]).await;
    refused(&server, "tenth", [(json!(0.11), "tenth: must be at most 0.1")]).await;
    allowed(&server, "single", [json!(0.5)]).await;
    refused(&server, "single", [(json!(1e39), "single: is too large for a number of single precision")]).await;
}

#[tokio::test]
async fn enums_know_their_values() {
    let server = serve().await;
    allowed(&server, "colour", [json!("red"), json!("dark-green"), json!("image/png"), json!("type")]).await;
    refused(
        &server,
        "colour",
        [
            (json!("Red"), "colour: must be one of `red`, `dark-green`, `image/png`, `type`"),
            (json!(1), "colour: must be a string, not a number"),
        ],
    )
    .await;
    allowed(&server, "shade", [json!("light")]).await;
    refused(&server, "shade", [(json!("grey"), "shade: must be one of `light`, `dark`")]).await;
}

#[tokio::test]
async fn booleans_are_no_words() {
    let server = serve().await;
    allowed(&server, "flag", [json!(true), json!(false)]).await;
    refused(&server, "flag", [(json!("true"), "flag: must be a boolean, not a string")]).await;
}

#[tokio::test]
async fn formats_are_exact() {
    let server = serve().await;
    let uuid = "must be a UUID such as 5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f";
    refused(
        &server,
        "id",
        [
            (json!("5b0c2f5e3f0e4d2c9a570b6c7c1d2e3f"), &format!("id: {uuid}")[..]),
            (json!("{5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f}"), &format!("id: {uuid}")),
            (json!("urn:uuid:5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f"), &format!("id: {uuid}")),
        ],
    )
    .await;
    let date = "date: must be a date such as 2026-01-25";
    allowed(&server, "date", [json!("0001-01-01"), json!("1950-05-01"), json!("9999-12-31"), json!("2024-02-29")])
        .await;
    refused(
        &server,
        "date",
        [
            (json!("2023-02-29"), date),
            (json!("0000-12-31"), date),
            (json!("2026-1-5"), date),
            (json!("2026-01-25T00:00:00Z"), date),
        ],
    )
    .await;
    let at = "at: must be a date and time with an offset such as 2026-01-25T21:30:00Z";
    allowed(
        &server,
        "at",
        [
            json!("0001-01-01T00:00:00Z"),
            json!("1950-05-01T00:00:00Z"),
            json!("9999-12-31T23:59:59.999Z"),
            json!("2026-01-25T21:30:00+02:00"),
        ],
    )
    .await;
    refused(
        &server,
        "at",
        [
            (json!("2026-01-25T21:30:00"), at),
            (json!("2026-01-25 21:30:00Z"), at),
            (json!("0000-12-31T23:59:59Z"), at),
            (json!("0001-01-01T00:00:00+00:01"), at),
            (json!("-262143-01-01T00:00:00Z"), at),
            (json!("+10000-01-01T00:00:00Z"), at),
            (json!("2026-13-25T21:30:00Z"), at),
        ],
    )
    .await;
}

#[tokio::test]
async fn addresses_and_bytes_have_their_form() {
    let server = serve().await;
    allowed(&server, "uri", [json!("https://example.org/a?b=%20#c"), json!("s3://bucket/key"), json!("urn:isbn:1")])
        .await;
    refused(
        &server,
        "uri",
        [
            (json!("/relative"), "uri: must be an absolute URI"),
            (json!("https://example.org/a b"), "uri: must be an absolute URI"),
            (json!("https://example.org/%2"), "uri: must be an absolute URI"),
        ],
    )
    .await;
    allowed(&server, "reference", [json!("/relative?x"), json!("../up"), json!("https://example.org")]).await;
    refused(&server, "reference", [(json!("a b"), "reference: must be a URI or a relative reference")]).await;
    allowed(&server, "email", [json!("a.b+c@example.org")]).await;
    refused(
        &server,
        "email",
        [(json!("nobody"), "email: must be an e-mail address"), (json!("a@b@c"), "email: must be an e-mail address")],
    )
    .await;
    allowed(&server, "bytes", [json!("aGk="), json!("")]).await;
    refused(
        &server,
        "bytes",
        [(json!("aGk"), "bytes: must be Base64 with padding"), (json!("a_-="), "bytes: must be Base64 with padding")],
    )
    .await;
}

#[tokio::test]
async fn lists_have_a_length_and_checked_items() {
    let server = serve().await;
    let id = "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f";
    allowed(&server, "ids", [json!([id]), json!([id, id])]).await;
    refused(
        &server,
        "ids",
        [
            (json!([]), "ids: must have at least 1 item"),
            (json!([id, id, id]), "ids: must have at most 2 items"),
            (json!([id, "x"]), "ids[1]: must be a UUID such as 5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f"),
            (json!(id), "ids: must be an array, not a string"),
        ],
    )
    .await;
    allowed(&server, "gaps", [json!([1, null, 3])]).await;
    allowed(&server, "names", [json!(["a", "b"])]).await;
    refused(
        &server,
        "names",
        [
            (json!(["a", ""]), "names[1]: must have at least 1 character"),
            (json!(["a", null]), "names[1]: must be a string, not null"),
            (json!(["a", "b", "c"]), "names: must have at most 2 items"),
        ],
    )
    .await;
    assert_eq!(server.post("/list", "[1, 3, -3]").await.0, 204);
    assert_eq!(told(&server.post("/list", "[]").await), ["body: must have at least 1 item"]);
    assert_eq!(told(&server.post("/list", "{}").await), ["body: must be an array, not an object"]);
    assert_eq!(told(&server.post("/list", "[0, 4]").await), ["[1]: must be at most 3"]);
    assert_eq!(server.post("/match", r#"[{ "count": 1 }]"#).await.0, 204);
    assert_eq!(told(&server.post("/match", r#"[{ "count": 0 }]"#).await), ["[0].count: must be at least 1"]);
}

#[tokio::test]
async fn maps_and_objects_have_checked_members() {
    let server = serve().await;
    allowed(&server, "scores", [json!({}), json!({ "a b": 0, "c": 7 })]).await;
    refused(
        &server,
        "scores",
        [
            (json!({ "c": -1 }), "scores.c: must be at least 0"),
            (json!({ "a b": "x" }), "scores[\"a b\"]: must be an integer, not a string"),
        ],
    )
    .await;
    allowed(&server, "point", [json!(null), json!({ "x": 1.5 })]).await;
    refused(
        &server,
        "point",
        [(json!({ "x": 1, "z": 2 }), "point.z: is not known here"), (json!({ "y": 1 }), "point.x: is required")],
    )
    .await;
    allowed(&server, "tree", [json!({ "label": "a", "only": { "label": "b" }, "children": [{ "label": "c" }] })]).await;
    refused(
        &server,
        "tree",
        [(
            json!({ "label": "a", "children": [{ "label": "a", "only": { "label": "longer" } }] }),
            "tree.children[0].only.label: must have at most 5 characters",
        )],
    )
    .await;
    allowed(&server, "free", [json!({ "a": [1, { "b": null }] })]).await;
    refused(&server, "free", [(json!([]), "free: must be an object, not an array")]).await;
    allowed(&server, "any", [json!({ "a": 1 }), json!([1]), json!("x"), json!(1.5)]).await;
    allowed(&server, "type", [json!("a word of Rust")]).await;
    allowed(&server, "option", [json!({ "string": "abc", "check": { "boxes": ["x", null] } })]).await;
    refused(&server, "option", [(json!({ "string": "abcd" }), "option.string: must have at most 3 characters")]).await;
}

#[tokio::test]
async fn defaults_are_applied_and_what_is_left_out_stays_out() {
    let server = serve().await;
    let (status, body) = server.post("/everything", &with("name", json!("ab"))).await;
    assert_eq!(status, 200);
    let expected = json!({
        "name": "ab", "nothing": null, "id": "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f",
        "level": 1, "limit": 20, "colour": "red",
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn required_members_may_not_be_missing_even_when_they_may_be_null() {
    let server = serve().await;
    let answer = server.post("/everything", "{}").await;
    assert_eq!(told(&answer), ["name: is required", "nothing: is required", "id: is required"]);
    allowed(&server, "nothing", [json!("x"), json!(null)]).await;
    refused(&server, "name", [(json!(null), "name: must be a string, not null")]).await;
}

#[tokio::test]
async fn unknown_members_are_ignored() {
    let server = serve().await;
    let (status, body) = server.post("/everything", &with("unheard", json!({ "of": 1 }))).await;
    assert_eq!((status, body.get("unheard")), (200, None));
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let server = serve().await;
    let body = json!({
        "name": "a", "id": 7, "ranged": 0, "colour": "pink", "ids": ["x", "y", "z"],
        "point": { "y": "high" }, "at": "yesterday",
    });
    let answer = server.post("/everything", &body.to_string()).await;
    let uuid = "must be a UUID such as 5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f";
    assert_eq!(
        told(&answer),
        [
            "nothing: is required".to_owned(),
            "name: must have at least 2 characters".to_owned(),
            "id: must be a string, not a number".to_owned(),
            "ranged: must be at least 1".to_owned(),
            "colour: must be one of `red`, `dark-green`, `image/png`, `type`".to_owned(),
            "ids: must have at most 2 items".to_owned(),
            format!("ids[0]: {uuid}"),
            format!("ids[1]: {uuid}"),
            format!("ids[2]: {uuid}"),
            "point.x: is required".to_owned(),
            "point.y: must be a number, not a string".to_owned(),
            "at: must be a date and time with an offset such as 2026-01-25T21:30:00Z".to_owned(),
        ]
    );
    assert_eq!(answer.1["message"], "12 values are not allowed");
}

#[tokio::test]
async fn a_long_list_of_violations_is_cut_and_counted() {
    let server = serve().await;
    let body = format!("[{}]", vec!["9"; 1500].join(","));
    let answer = server.post("/list", &body).await;
    assert_eq!(told(&answer).len(), 1000);
    assert_eq!(answer.1["message"], "1500 values are not allowed; the first 1000 are listed");
}
