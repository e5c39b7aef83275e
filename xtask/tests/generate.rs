//! What `generate-sdk` writes, and what it leaves alone.

mod workshop;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::time::SystemTime;

use expect_test::expect_file;
use workshop::Workshop;

/// A generated file of every target that the tests make.
const SERVER: &str = "server/api/src/generated/";
const RUST: &str = "sdk/rust/src/generated/";

fn changed_at(workshop: &Workshop) -> BTreeMap<String, SystemTime> {
    let files = workshop.files("out").into_keys();
    files
        .map(|path| (path.clone(), workshop.path(&format!("out/{path}")).metadata().unwrap().modified().unwrap()))
        .collect()
}

#[test]
fn a_contract_becomes_a_document_a_server_and_a_client() {
    let shop = Workshop::with_pets();

    let ended = shop.generate(&[]).expect(0);

    let files = shop.files("out");
    for needed in ["openapi/openapi.json", "server/api/Cargo.toml", "sdk/rust/Cargo.toml", "sdk/rust/README.md"] {
        assert!(files.contains_key(needed), "{needed} of {:?}", files.keys());
    }
    for folder in [SERVER, RUST] {
        assert!(files.keys().any(|path| path.starts_with(folder)), "{folder} of {:?}", files.keys());
    }
    assert!(!files.keys().any(|path| path.starts_with("sdk/typescript")), "it was skipped");
    let document: serde_json::Value = serde_json::from_str(&shop.read("out/openapi/openapi.json")).unwrap();
    assert_eq!(document["info"]["title"], "Pet Shop");
    assert_eq!(document["paths"]["/pets/{petId}"]["get"]["operationId"], "getPet");
    assert!(shop.read("out/sdk/rust/Cargo.toml").contains(r#"name = "pet-shop-sdk""#));
    assert!(ended.stderr.contains("compile the contract"), "{}", ended.stderr);
    assert!(ended.stdout.is_empty());
}

#[test]
fn a_second_run_writes_nothing() {
    let shop = Workshop::with_pets();
    shop.generate(&[]).expect(0);
    let before = changed_at(&shop);

    let ended = shop.generate(&[]).expect(0);

    assert_eq!(changed_at(&shop), before);
    assert!(ended.stderr.contains("nothing to do"), "{}", ended.stderr);
}

#[test]
fn one_changed_line_changes_what_follows_from_it() {
    let shop = Workshop::with_pets();
    shop.generate(&[]).expect(0);
    let before = shop.files("out");
    shop.edit("contract/10-pets.http", "How many pets to list", "At most so many pets");

    shop.generate(&[]).expect(0);

    let after = shop.files("out");
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let changed: Vec<_> = after.iter().filter(|(path, bytes)| before[*path] != **bytes).map(|(path, _)| path).collect();
    assert!(changed.contains(&&"openapi/openapi.json".to_owned()), "{changed:?}");
    for path in changed {
        assert!(path.contains("generated/") || path == "openapi/openapi.json", "{path} is no generated file");
        assert!(shop.read(&format!("out/{path}")).contains("At most so many pets"), "{path}");
    }
}

#[test]
fn flags_name_the_title_and_the_packages() {
    let shop = Workshop::with_pets();
    let flags = ["--title", "Zoo", "--rust-package", "zoo-client", "--server-package", "zoo-server"];

    shop.generate(&flags).expect(0);

    assert!(shop.read("out/openapi/openapi.json").contains(r#""title": "Zoo""#));
    assert!(shop.read("out/sdk/rust/Cargo.toml").contains(r#"name = "zoo-client""#));
    assert!(shop.read("out/server/api/Cargo.toml").contains(r#"name = "zoo-server""#));
}

#[test]
fn a_contract_without_a_title_gets_one_from_the_command_line() {
    let shop = Workshop::with_pets();
    shop.edit("contract/00-shop.http", "# @api Pet Shop 2.1.0\n", "@apiKey = a variable declares nothing\n");
    let ended = shop.generate(&["--message-format", "short"]).expect(1);
    assert!(ended.stderr.contains("api-declaration"), "{}", ended.stderr);

    shop.generate(&["--title", "Zoo"]).expect(0);

    assert!(shop.read("out/openapi/openapi.json").contains(r#""title": "Zoo""#));
}

#[test]
fn any_version_and_any_title_give_packages_that_cargo_reads() {
    let shop = Workshop::with_pets();
    shop.edit("contract/00-shop.http", "# @api Pet Shop 2.1.0\n", "# @api Pet\u{301} \"Shop\" \\ 2026-01-25\n");

    shop.generate(&[]).expect(0);

    let manifest: toml::Table = shop.read("out/server/api/Cargo.toml").parse().unwrap();
    assert_eq!(manifest["package"]["version"].as_str(), Some("2026.1.25"));
    assert_eq!(manifest["package"]["description"].as_str(), Some("Pet\u{301} \"Shop\" \\"));
    assert!(shop.read("out/openapi/openapi.json").contains(r#""version": "2026-01-25""#));
}

#[test]
fn a_broken_contract_changes_nothing_and_names_every_mistake() {
    let shop = Workshop::with_pets();
    shop.generate(&[]).expect(0);
    let before = shop.files("out");
    shop.edit("contract/10-pets.http", "# @tag Pets\n# @security bearer", "# @tga Pets\n# @security bearer");
    shop.edit("contract/10-pets.http", "int64(1..)", "int65(1..)");

    let ended = shop.generate(&[]).expect(1);

    assert!(ended.stderr.contains("unknown-tag") && ended.stderr.contains("bad-type"), "{}", ended.stderr);
    assert!(ended.stderr.contains("contract/10-pets.http:"), "{}", ended.stderr);
    assert_eq!(shop.files("out"), before);
}

#[test]
fn mistakes_are_printed_as_one_json_object_a_line() {
    let shop = Workshop::with_pets();
    shop.edit("contract/10-pets.http", "# @tag Pets\n# @security bearer", "# @tga Pets\n# @security bearer");
    shop.edit("contract/10-pets.http", "int64(1..)", "int65(1..)");

    let ended = shop.generate(&["--message-format", "json"]).expect(1);

    let mistakes: Vec<serde_json::Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let codes: Vec<_> = mistakes.iter().map(|mistake| mistake["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"unknown-tag") && codes.contains(&"bad-type"), "{codes:?}");
    assert!(ended.stderr.is_empty(), "{}", ended.stderr);
}

#[test]
fn what_targets_cannot_express_is_told_all_at_once_each_where_it_is_written() {
    for (contract, expected) in [
        (include_str!("generate/owners.http"), expect_file!["generate/owners.txt"]),
        (include_str!("generate/visits.http"), expect_file!["generate/visits.txt"]),
    ] {
        let shop = Workshop::with_pets();
        shop.write("contract/20-more.http", contract);

        let ended = shop.generate(&["--message-format", "short"]).expect(1);

        let mistakes: Vec<_> = ended.stderr.lines().filter(|line| line.contains("error[")).collect();
        expected.assert_eq(&(mistakes.join("\n") + "\n"));
        assert!(!shop.path("out").exists());
        shop.generate(&["--skip", "server,rust"]).expect(0);
    }
}

#[test]
fn two_operations_of_one_name_are_refused() {
    let shop = Workshop::with_pets();
    shop.edit("contract/10-pets.http", "# @operation addPet", "# @operation getPet");

    let ended = shop.generate(&["--message-format", "short"]).expect(1);

    assert!(ended.stderr.contains("getPet"), "{}", ended.stderr);
    assert!(!shop.path("out").exists());
}

#[test]
fn a_missing_folder_an_empty_one_and_a_file_in_its_place_are_refused() {
    let shop = Workshop::empty();
    let run = |contract: &str| shop.run(&["generate-sdk", "--contract", contract, "--out", "out"]).expect(1).stderr;
    shop.write("notes.txt", "no contract");

    assert!(run("nowhere").contains("there is no folder nowhere"));
    assert!(run("contract").contains("contract holds no .http or .rest file"));
    assert!(run("notes.txt").contains("notes.txt is not a folder"));
    assert!(!shop.path("out").exists());
}

#[test]
fn a_file_that_is_not_utf8_is_named_with_its_place() {
    let shop = Workshop::with_pets();
    shop.write("contract/99-latin1.http", b"### Caf\xe9\nGET http://127.0.0.1/caf\xe9\n");

    let ended = shop.generate(&["--message-format", "short"]).expect(1);

    assert!(ended.stderr.contains("contract/99-latin1.http:1:8"), "{}", ended.stderr);
    assert!(ended.stderr.contains("not-utf8"), "{}", ended.stderr);
    assert!(!shop.path("out").exists());
}

#[test]
fn a_file_over_eight_mebibytes_is_refused() {
    let shop = Workshop::with_pets();
    shop.write("contract/99-large.http", vec![b'#'; 8 * 1024 * 1024 + 1]);

    let ended = shop.generate(&[]).expect(1);

    assert!(ended.stderr.contains("file-too-large"), "{}", ended.stderr);
    assert!(ended.stderr.contains("contract/99-large.http"), "{}", ended.stderr);
}

#[test]
fn json_that_no_request_mentions_is_not_read() {
    let shop = Workshop::with_pets();
    shop.write("contract/unrelated.json", b"\xff\xfe");

    shop.generate(&[]).expect(0);
}

#[test]
fn a_target_that_cannot_be_written_leaves_everything_as_it_was() {
    let shop = Workshop::with_pets();
    shop.write("out/sdk", "a file where a folder is wanted");
    let before = shop.files("out");

    let ended = shop.generate(&[]).expect(2);

    assert!(ended.stderr.contains("out/sdk"), "{}", ended.stderr);
    assert_eq!(shop.files("out"), before);
}

#[test]
fn a_file_that_is_a_folder_on_disk_leaves_everything_as_it_was() {
    let shop = Workshop::with_pets();
    shop.write("out/openapi/openapi.json/in-the-way", "");
    let before = shop.files("out");

    shop.generate(&[]).expect(2);

    assert_eq!(shop.files("out"), before);
}

#[test]
fn generated_files_that_nothing_asks_for_any_more_go() {
    let shop = Workshop::with_pets();
    shop.generate(&[]).expect(0);
    let before = shop.files("out");
    shop.write("out/sdk/rust/src/generated/old/stale.rs", "// of an earlier contract");

    shop.generate(&[]).expect(0);

    assert_eq!(shop.files("out"), before);
    assert!(!shop.path("out/sdk/rust/src/generated/old").exists());
}

#[test]
fn files_that_people_own_are_never_touched() {
    let shop = Workshop::with_pets();
    shop.generate(&[]).expect(0);
    let manifest = "# ours now\n".to_owned() + &shop.read("out/server/api/Cargo.toml");
    shop.write("out/server/api/Cargo.toml", &manifest);
    shop.write("out/server/api/src/extra.rs", "// ours as well");
    std::fs::remove_file(shop.path("out/server/api/src/lib.rs")).unwrap();

    shop.generate(&[]).expect(0);

    assert_eq!(shop.read("out/server/api/Cargo.toml"), manifest);
    assert_eq!(shop.read("out/server/api/src/extra.rs"), "// ours as well");
    assert!(!shop.path("out/server/api/src/lib.rs").exists(), "a package that exists is not scaffolded again");
}

#[test]
fn a_skipped_target_stays_as_it_is() {
    let shop = Workshop::with_pets();
    shop.write("out/sdk/typescript/src/generated/index.ts", "// of another run");

    shop.generate(&["--skip", "server"]).expect(0);

    let files = shop.files("out");
    assert!(files.contains_key("sdk/typescript/src/generated/index.ts"));
    assert!(!files.keys().any(|path| path.starts_with("server/")));
}

#[test]
fn check_writes_nothing_and_lists_what_is_stale_missing_and_extra() {
    let shop = Workshop::with_pets();
    shop.generate(&[]).expect(0);
    shop.generate(&["--check"]).expect(0);
    shop.write("out/sdk/rust/src/generated/stale.rs", "// of an earlier contract");
    shop.write("out/openapi/openapi.json", "{}");
    let missing = shop.files("out").into_keys().find(|path| path.starts_with(SERVER)).unwrap();
    std::fs::remove_file(shop.path(&format!("out/{missing}"))).unwrap();
    let before = shop.files("out");

    let ended = shop.generate(&["--check"]).expect(1);

    assert_eq!(shop.files("out"), before);
    assert!(ended.stderr.contains("stale    openapi/openapi.json"), "{}", ended.stderr);
    assert!(ended.stderr.contains("extra    sdk/rust/src/generated/stale.rs"), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("missing  {missing}")), "{}", ended.stderr);
    let repair = "run `cargo xtask generate-sdk --contract contract --out out --skip typescript`";
    assert!(ended.stderr.contains(repair), "{}", ended.stderr);
}

#[test]
fn the_order_in_which_files_were_made_changes_nothing() {
    let shop = Workshop::with_pets();
    shop.generate(&[]).expect(0);
    let other = Workshop::empty();
    for name in ["10-pets.http", "00-shop.http"] {
        other.write(&format!("contract/{name}"), shop.read(&format!("contract/{name}")));
    }

    other.generate(&[]).expect(0);

    assert_eq!(other.files("out"), shop.files("out"));
}

#[test]
fn a_run_that_is_killed_leaves_whole_files_and_the_next_one_finishes() {
    let reference = Workshop::with_pets();
    let stages = reference.generate(&[]).expect(0).stderr.lines().count();
    let wanted = reference.files("out");
    for lines in 1..=stages {
        let shop = Workshop::with_pets();
        let arguments = ["generate-sdk", "--contract", "contract", "--out", "out", "--skip", "typescript"];
        let mut child = shop.command(&arguments).spawn().unwrap();
        // Each line is the end of a stage: kill the run there.
        let mut progress = BufReader::new(child.stderr.take().unwrap()).lines();
        for _ in 0..lines {
            progress.next().unwrap().unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();

        for (path, bytes) in shop.files("out").iter().filter(|(path, _)| !path.starts_with(".generate-sdk-")) {
            assert_eq!(wanted.get(path), Some(bytes), "{path} after {lines} stages");
        }
        shop.generate(&[]).expect(0);
        assert_eq!(shop.files("out"), wanted, "after {lines} stages");
    }
}

#[test]
fn variables_come_from_files_and_from_the_command_line() {
    let shop = Workshop::with_pets();
    shop.edit("contract/10-pets.http", "@petId = 7\n", "");
    shop.write("http-client.env.json", r#"{ "dev": { "petId": "41" } }"#);

    let ended = shop.generate(&["--message-format", "short"]).expect(1);
    assert!(ended.stderr.contains("unresolved-variable"), "{}", ended.stderr);

    shop.generate(&["--env", "dev"]).expect(0);
    assert!(shop.read("out/openapi/openapi.json").contains(r#""example": 41"#));

    shop.generate(&["--env", "dev", "--var", "petId=42"]).expect(0);
    assert!(shop.read("out/openapi/openapi.json").contains(r#""example": 42"#));

    let ended = shop.generate(&["--env", "production"]).expect(2);
    assert!(ended.stderr.contains("the environments are: dev"), "{}", ended.stderr);
}

#[test]
fn a_file_of_environments_that_is_no_json_is_named() {
    let shop = Workshop::with_pets();
    for (text, what) in
        [(&b"[1]"[..], "invalid type"), (b"\xff\xfe{", "expected value"), (b"{\"a\":\"\xff\"}", "unicode")]
    {
        std::fs::write(shop.path("http-client.env.json"), text).unwrap();
        let ended = shop.generate(&["--env", "dev"]).expect(1);
        for part in ["environment-file", "http-client.env.json is not a JSON object of environments", what] {
            assert!(ended.stderr.contains(part), "no `{part}` in {}", ended.stderr);
        }
    }
    std::fs::write(shop.path("http-client.env.json"), b"\xef\xbb\xbf{\"dev\":{}}").unwrap();
    shop.generate(&["--env", "dev"]).expect(0);
}

#[test]
fn a_wrong_command_line_is_an_error_of_its_own() {
    let shop = Workshop::with_pets();

    let ended = shop.generate(&["--rust-package", "2 pets"]).expect(2);

    assert!(ended.stderr.contains("a cargo package begins with a letter"), "{}", ended.stderr);
    assert!(!shop.path("out").exists());
}
