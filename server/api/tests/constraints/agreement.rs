//! The checks that decide and the checks that explain are of one mind.

use serde_json::{Value, json};
use server_api::check::{Check, violations};

use crate::generated::CONTRACT;
use crate::generated::types::Everything;

/// Values of every kind, near the bounds of the contract and far from them.
fn values() -> Vec<Value> {
    let id = "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f";
    let numbers =
        [json!(-4), json!(-3), json!(0), json!(1), json!(3), json!(10), json!(11), json!(20), json!(0.5), json!(1.0)];
    let large =
        [json!(1e39), json!(-1e300), json!(i32::MAX), json!(2_147_483_648_i64), json!(i64::MAX), json!(u64::MAX)];
    let texts = [
        "",
        "a",
        "ab",
        "abcd",
        "abcde",
        "a/b",
        "AB12",
        "red",
        "dark",
        "äöü€",
        "🙂",
        "a@b.c",
        "aGk=",
        "/x",
        "x:y",
        "\0",
    ];
    let times =
        ["2026-01-25", "1969-12-31", "2026-01-25T21:30:00Z", "2026-01-25t21:30:00z", "1960-01-01T00:00:00Z", id];
    let lists =
        [json!([]), json!([1]), json!([null]), json!([id]), json!([id, id, id]), json!(["a", ""]), json!([[1]])];
    let objects = [
        json!({}),
        json!({ "x": 1 }),
        json!({ "x": "1" }),
        json!({ "label": "a", "children": [{}] }),
        json!({ "a": -1 }),
    ];
    let words = texts.iter().chain(&times).map(|text| json!(text));
    let rest = [json!(null), json!(true), json!(false)];
    numbers.into_iter().chain(large).chain(words).chain(lists).chain(objects).chain(rest).collect()
}

#[test]
fn a_value_is_refused_exactly_when_a_violation_can_be_told() {
    let contract = CONTRACT.operation("postEverything");
    let schema = &contract.body.as_ref().unwrap().schema;
    let members = contract.components.schemas["Everything"]["properties"].as_object().unwrap();
    let (mut allowed, mut refused) = (0, 0);
    for name in members.keys() {
        for value in values() {
            let mut body = json!({ "name": "ab", "nothing": null, "id": "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f" });
            body[name] = value.clone();
            let typed = serde_json::from_str::<Everything>(&body.to_string());
            let holds = typed.as_ref().is_ok_and(Check::holds);
            let told = violations(&contract.components, schema, &body, "");
            assert_eq!(holds, told.is_empty(), "{name} = {value}: {told:?}, {typed:?}");
            *if holds { &mut allowed } else { &mut refused } += 1;
        }
    }
    assert!(allowed > 200 && refused > 800, "{allowed} allowed and {refused} refused");
}
