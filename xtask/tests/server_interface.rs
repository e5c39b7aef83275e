//! The server's interface that is emitted from a document.

use std::path::{Path, PathBuf};

use expect_test::expect_file;
use serde_json::json;
use xtask::{Names, Ownership};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_interface_of_every_kind_of_constraint_is_up_to_date() {
    let folder = root().join("server/api/tests/constraints");
    let text = std::fs::read_to_string(folder.join("openapi.json")).unwrap();
    let document = serde_json::from_str(&text).unwrap();
    for output in xtask::emit::server::emit(&document, &Names::from_title("Constraints", "1.0.0")).unwrap() {
        if output.ownership == Ownership::Generated {
            let path = output.path.strip_prefix("server/api/src").unwrap();
            expect_file![folder.join(path)].assert_eq(&output.contents);
        }
    }
}

/// The fixture with one change.
fn changed(change: impl FnOnce(&mut serde_json::Value)) -> Result<Vec<xtask::Output>, String> {
    let text = std::fs::read_to_string(root().join("server/api/tests/constraints/openapi.json")).unwrap();
    let mut document = serde_json::from_str(&text).unwrap();
    change(&mut document);
    let document = serde_json::from_value(document).unwrap();
    xtask::emit::server::emit(&document, &Names::from_title("Constraints", "1.0.0")).map_err(|error| error.to_string())
}

#[test]
fn what_cannot_be_enforced_is_refused_with_its_place() {
    let property = |schema: serde_json::Value| {
        changed(|document| document["components"]["schemas"]["Everything"]["properties"]["name"] = schema)
    };
    for (schema, expected) in [
        (json!({ "type": "string", "pattern": "(?=a)b" }), "Everything.name: the pattern (?=a)b: look-around"),
        (json!({ "type": "string", "pattern": "(a)\\1" }), "Everything.name: the pattern (a)\\1: a back-reference"),
        (json!({ "type": "string", "format": "ipv4" }), "Everything.name: the format `ipv4` is not checked"),
        (json!({ "type": "integer", "exclusiveMinimum": true, "minimum": 1 }), "Everything.name: an integer can have"),
        (json!({ "type": "integer", "multipleOf": 2 }), "Everything.name: an integer can have"),
        (json!({ "type": "array", "items": {}, "uniqueItems": true }), "Everything.name: uniqueItems is not checked"),
        (json!({ "type": "object", "properties": { "a": {} } }), "Everything.name: an object with properties must be"),
        (
            json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }),
            "Everything.name: the server does not support unions",
        ),
        (json!({ "$ref": "#/components/schemas/Nowhere" }), "Everything: there is no schema `Nowhere`"),
        (
            json!({ "type": "integer", "default": "one" }),
            "Everything.name: `\"one\"` cannot be the default of such a field",
        ),
    ] {
        let message = property(schema.clone()).expect_err(&schema.to_string());
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn a_field_that_must_be_there_is_not_made_up_from_its_default() {
    let with_default = |required: bool| {
        let outputs = changed(|document| {
            let everything = &mut document["components"]["schemas"]["Everything"];
            everything["properties"]["name"] = json!({ "type": "string", "default": "nobody" });
            let others = everything["required"].as_array().unwrap().iter().filter(|name| *name != "name").cloned();
            everything["required"] = others.chain(required.then(|| json!("name"))).collect();
        });
        outputs.unwrap().iter().any(|output| output.contents.contains("fn name_default()"))
    };
    assert_eq!([true, false].map(with_default), [false, true]);
}

#[test]
fn routes_and_bodies_that_cannot_be_served_are_refused_with_their_place() {
    let media = json!({ "required": true, "content": { "text/plain": { "schema": { "type": "string" } } } });
    let message = changed(|document| document["paths"]["/list"]["post"]["requestBody"] = media).unwrap_err();
    assert_eq!(message, "postList: text/plain: a body is application/json or application/octet-stream");
    let message = changed(|document| {
        let item = document["paths"]["/list"].take();
        document["paths"] = json!({ "/list/{id}.json": item });
    });
    assert!(message.unwrap_err().starts_with("/list/{id}.json: the segment `{id}.json` is neither"));
    let message =
        changed(|document| document["paths"]["/list"]["post"]["operationId"] = json!("post_everything")).unwrap_err();
    assert_eq!(message, "post_everything: `postEverything` is called `post_everything` in Rust, too; rename one");
}

#[test]
fn operations_do_not_hide_what_the_generated_code_names() {
    for taken in ["authenticate", "std", "dropshot"] {
        let refused = changed(|document| document["paths"]["/list"]["post"]["operationId"] = json!(taken));
        assert!(refused.unwrap_err().starts_with(&format!("{taken}: an operation cannot have this name")), "{taken}");
    }
}

#[test]
fn an_enum_without_a_name_does_not_give_way_to_a_type_of_its_name() {
    let message = changed(|document| {
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        schemas["Order"]["properties"]["status"] = json!({ "type": "string", "enum": ["open"] });
        schemas.insert("OrderStatus".to_owned(), json!({ "type": "string", "maxLength": 3 }));
    });
    let expected = "Order.status: its values would be called `OrderStatus`, which is taken; name them";
    assert_eq!(message.unwrap_err(), expected);
}

#[test]
fn output_does_not_depend_on_anything_but_the_document() {
    assert_eq!(changed(|_| ()).unwrap(), changed(|_| ()).unwrap());
}
