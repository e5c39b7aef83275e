//! The Rust client of a document that has every trap of the generators underneath.

use expect_test::expect_file;
use openapiv3::OpenAPI;
use serde_json::{Value, json};
use xtask::emit::{EmitError, rust};
use xtask::{Names, Output, Ownership};

/// Two success types, 201 beside 204, several error bodies, a status without a name, answers of bytes, optional and
/// nullable values behind `allOf`, arrays, maps, enums with values that are no identifiers, a type that holds itself,
/// keywords as names, header parameters, prose that looks like a test.
fn library() -> Value {
    serde_json::from_str(include_str!("emit_rust/library.json")).unwrap()
}

const WIRE: &str = "sdk/rust/examples/wire/generated/mod.rs";

fn emit(document: &Value) -> Result<Vec<Output>, EmitError> {
    let document: OpenAPI = serde_json::from_value(document.clone()).unwrap();
    rust::emit(&document, &Names::from_title(&document.info.title, &document.info.version))
}

fn contents<'a>(outputs: &'a [Output], path: &str) -> &'a str {
    let output = outputs.iter().find(|output| output.path == std::path::Path::new(path));
    &output.unwrap_or_else(|| panic!("{path} is missing")).contents
}

#[test]
fn the_typed_face_is_as_expected() {
    let outputs = emit(&library()).unwrap();
    let generated = |name: &str| contents(&outputs, &format!("sdk/rust/src/generated/{name}")).to_owned();
    expect_file!["emit_rust/expected/mod.rs"].assert_eq(&generated("mod.rs"));
    expect_file!["emit_rust/expected/errors.rs"].assert_eq(&generated("errors.rs"));
    expect_file!["emit_rust/expected/headers.rs"].assert_eq(&generated("headers.rs"));
    expect_file!["emit_rust/expected/operations.rs"].assert_eq(&generated("operations.rs"));
    expect_file!["emit_rust/expected/builders.rs"].assert_eq(&generated("builders.rs"));
}

#[test]
fn the_program_that_sends_requests_through_the_client_is_as_expected() {
    let outputs = emit(&library()).unwrap();
    expect_file!["emit_rust/expected/wire.rs"].assert_eq(contents(&outputs, WIRE));
}

#[test]
fn the_readme_and_the_manifest_are_as_expected() {
    let outputs = emit(&library()).unwrap();
    expect_file!["emit_rust/expected/README.md"].assert_eq(contents(&outputs, "sdk/rust/README.md"));
    expect_file!["emit_rust/expected/Cargo.toml"].assert_eq(contents(&outputs, "sdk/rust/Cargo.toml"));
}

/// The hand-written files are one source for both packages, so both need the same libraries.
#[test]
fn a_new_package_has_the_dependencies_of_the_one_that_its_files_come_from() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &str| -> toml::Value {
        std::fs::read_to_string(root.join(path)).unwrap().parse::<toml::Table>().unwrap().into()
    };
    let versions = |dependencies: &toml::Value, workspace: Option<&toml::Value>| -> Vec<String> {
        let dependencies = dependencies.as_table().unwrap().iter();
        let of = |name: &str, value: &toml::Value| {
            let value = workspace.map_or(value, |workspace| &workspace[name]);
            let version = value.get("version").unwrap_or(value).as_str().unwrap();
            format!("{name} {version}")
        };
        let mut versions: Vec<String> = dependencies.map(|(name, value)| of(name, value)).collect();
        versions.sort();
        versions
    };
    let outputs = emit(&library()).unwrap();
    let new: toml::Value = contents(&outputs, "sdk/rust/Cargo.toml").parse::<toml::Table>().unwrap().into();
    let workspace = read("Cargo.toml");

    let ours = versions(&read("sdk/rust/Cargo.toml")["dependencies"], Some(&workspace["workspace"]["dependencies"]));

    assert_eq!(versions(&new["dependencies"], None), ours);
}

#[test]
fn what_is_made_anew_and_what_belongs_to_people_is_told_apart() {
    let outputs = emit(&library()).unwrap();
    let paths = |ownership: Ownership| {
        let owned = outputs.iter().filter(move |output| output.ownership == ownership);
        let mut paths: Vec<String> = owned.map(|output| output.path.display().to_string()).collect();
        paths.sort();
        paths
    };
    let generated = ["builders.rs", "client.rs", "errors.rs", "headers.rs", "mod.rs", "operations.rs"];
    let generated = generated.map(|name| format!("sdk/rust/src/generated/{name}"));
    let others = ["sdk/rust/README.md", WIRE].map(str::to_owned);
    assert_eq!(paths(Ownership::Generated), [&others[..], &generated].concat());
    let scaffold = ["body", "client", "error", "lib", "response", "retry", "token", "transport"];
    let scaffold = scaffold.map(|name| format!("sdk/rust/src/{name}.rs"));
    let wire = ["main", "outcome", "request"].map(|name| format!("sdk/rust/examples/wire/{name}.rs"));
    assert_eq!(paths(Ownership::Scaffold), [&["sdk/rust/Cargo.toml".to_owned()][..], &wire, &scaffold].concat());
}

#[test]
fn every_generated_file_says_first_where_it_comes_from() {
    let outputs = emit(&library()).unwrap();
    for output in outputs.iter().filter(|output| output.ownership == Ownership::Generated) {
        let first = output.contents.lines().next().unwrap();
        let notice = "Generated by cargo xtask generate-sdk from the contract; do not edit.";
        assert!(first.contains(notice), "{}: {first}", output.path.display());
    }
}

#[test]
fn the_output_does_not_change_between_runs() {
    assert_eq!(emit(&library()).unwrap(), emit(&library()).unwrap());
}

#[test]
fn the_client_is_progenitors_and_its_comments_hold_no_code_that_rustdoc_would_compile() {
    let outputs = emit(&library()).unwrap();
    let client = contents(&outputs, "sdk/rust/src/generated/client.rs");
    assert!(client.contains("pub use progenitor_client::"));
    let fences: Vec<&str> = client.lines().map(str::trim).filter(|line| line.starts_with("/// ```")).collect();
    assert_eq!(fences, ["/// ```text", "/// ```"]);
    assert!(!client.lines().any(|line| line.trim_start().starts_with("///     ")));
    assert!(!client.contains("NonZero"), "numbers are plain");
}

/// The error for the library after `change`.
fn refusal(change: impl FnOnce(&mut Value)) -> String {
    let mut document = library();
    change(&mut document);
    match emit(&document) {
        Err(error @ EmitError::Unsupported(_)) => error.to_string(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("it is taken"),
    }
}

#[test]
fn what_the_client_cannot_say_is_refused_by_name() {
    let json_of = |schema: Value| json!({ "content": { "application/json": { "schema": schema } } });
    let cases = [
        refusal(|d| d["paths"]["/books"]["post"]["responses"]["default"] = json!({ "description": "Any" })),
        refusal(|d| d["paths"]["/books"]["post"]["responses"]["5XX"] = json!({ "description": "Any" })),
        refusal(|d| d["paths"]["/books"]["post"]["responses"] = json!({ "400": { "description": "Malformed" } })),
        refusal(|d| d["paths"]["/books"]["post"]["responses"]["302"] = json!({ "description": "Elsewhere" })),
        refusal(|d| {
            let content = json!({ "text/html": { "schema": { "type": "string" } } });
            d["paths"]["/books"]["post"]["responses"]["400"]["content"] = content;
        }),
        refusal(|d| {
            d["paths"]["/books"]["post"]["requestBody"]["content"]["text/plain"] =
                json!({ "schema": { "type": "string" } });
        }),
        refusal(|d| {
            let content = json!({ "text/plain": { "schema": { "type": "string" } } });
            d["paths"]["/books"]["post"]["requestBody"]["content"] = content;
        }),
        refusal(|d| {
            let mut answer = json_of(json!({ "type": "object", "properties": { "a": { "type": "string" } } }));
            answer["description"] = json!("Unnamed");
            d["paths"]["/books"]["post"]["responses"]["400"] = answer;
        }),
        refusal(|d| {
            d["components"]["securitySchemes"]["key"] = json!({ "type": "apiKey", "in": "header", "name": "X-Key" })
        }),
        refusal(|d| d["info"]["version"] = json!("zwölf")),
        refusal(|d| d["paths"]["/books"]["post"]["operationId"] = json!("base-url")),
        refusal(|d| d["paths"]["/books"]["post"]["operationId"] = json!("list_books")),
        refusal(|d| d["paths"]["/books"]["post"]["operationId"] = json!("response")),
        refusal(|d| {
            let properties = json!({ "userId": { "type": "string" }, "user_id": { "type": "string" } });
            d["components"]["schemas"]["Member"] = json!({ "type": "object", "properties": properties });
        }),
        refusal(|d| d["paths"]["/books"]["get"]["parameters"][1]["name"] = json!("send")),
        refusal(|d| d["paths"]["/books"]["get"]["parameters"][1]["name"] = json!("x-trace")),
        refusal(|d| d["components"]["schemas"]["book"] = json!({ "type": "string" })),
        refusal(|d| d["paths"]["/books"]["get"]["parameters"][1]["in"] = json!("cookie")),
        refusal(|d| d["paths"]["/books"]["get"]["parameters"][1]["in"] = json!("header")),
        refusal(|d| d["paths"]["/books/{isbn}"]["put"]["parameters"] = json!([])),
        refusal(|d| {
            d["paths"]["/books/{isbn}"]["put"]["requestBody"]["content"]["application/octet-stream"] = json!({})
        }),
        refusal(|d| d["components"]["schemas"]["Kind"]["enum"] = json!(["comic"])),
        refusal(|d| {
            let header = json!({ "schema": { "type": "string" } });
            d["paths"]["/books"]["get"]["responses"]["200"]["headers"] =
                json!({ "X-Rate-Limit": header, "X-RateLimit": header, "X-Rate-limit": header });
        }),
    ];
    expect_file!["emit_rust/expected/refusals.txt"].assert_eq(&(cases.join("\n") + "\n"));
}

#[test]
fn a_panic_of_the_generator_is_an_error_with_its_reason() {
    let dangling = |d: &mut Value| {
        d["components"]["schemas"]["Shelf"]["properties"]["row"] = json!({ "$ref": "#/components/schemas/Gone" })
    };
    let error = refusal(dangling);
    assert_eq!(error, "Shelf: progenitor cannot make a client from this: $ref #/components/schemas/Gone is missing");

    // A panic elsewhere is none of its business: it is caught here, not there.
    assert!(std::panic::catch_unwind(|| panic!("of another part")).is_err());
    assert!(emit(&library()).is_ok(), "and the next document is taken");
}

/// Every place of a JSON document.
fn places(value: &Value, at: &str, places: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect(),
        _ => Vec::new(),
    };
    for (name, value) in members {
        let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
        self::places(value, &at, places);
        places.push(at);
    }
}

/// The document without the value at `place`.
fn without(document: &Value, place: &str) -> Value {
    let mut document = document.clone();
    let (parent, name) = place.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Object(members) => {
            members.remove(&name.replace("~1", "/").replace("~0", "~"));
        }
        Value::Array(items) => {
            items.remove(name.parse().unwrap());
        }
        _ => {}
    }
    document
}

#[test]
fn whatever_is_missing_from_the_document_the_answer_is_a_client_or_a_reason() {
    let library = library();
    let mut places = Vec::new();
    self::places(&library, "", &mut places);
    // A sample keeps the test short; over all places, too, every answer was one of the two.
    places = places.into_iter().step_by(23).collect();
    let mut clients = 0;
    for place in &places {
        let Ok(document) = serde_json::from_value::<OpenAPI>(without(&library, place)) else { continue };
        match rust::emit(&document, &Names::from_title("City Library", "1.0.0")) {
            Ok(outputs) => {
                clients += 1;
                for output in outputs.iter().filter(|output| output.path.extension().is_some_and(|ext| ext == "rs")) {
                    assert!(syn::parse_file(&output.contents).is_ok(), "without {place}: {}", output.path.display());
                }
            }
            Err(EmitError::Unsupported(found)) => assert!(!found.is_empty()),
            Err(error) => panic!("without {place}: {error}"),
        }
    }
    assert!(clients > places.len() / 2, "most of a document can be left out");
}
