//! Services that the proof starts itself.

use super::*;

#[test]
fn the_proof_document_is_written_once_and_the_same_again() {
    let shop = workspace(include_str!("../contracts/books/proof.toml"));
    shop.write("shelf.rs", "fn other() {}\n\n    fn shelf() {\n        todo()\n    }\n");
    let stale = shop.run(&["prove"]).expect(1);
    for page in ["proof.md", "proof.html"] {
        assert!(stale.stderr.contains(&format!("{page} is not what this run saw, from line 1")), "{}", stale.stderr);
    }
    shop.run(&["prove", "--write-proof"]).expect(0);
    let written = (shop.read("proof.md"), shop.read("proof.html"));
    shop.run(&["prove"]).expect(0);
    assert_eq!((shop.read("proof.md"), shop.read("proof.html")), written);
    expect_test::expect_file!["../contracts/books/proof.md"].assert_eq(&written.0);
    expect_test::expect_file!["../contracts/books/proof.html"].assert_eq(&written.1);
}

#[test]
fn evidence_that_is_not_there_fails() {
    let cases = [
        ("commands = [{ title = 'Nothing', run = 'true' }]", "`true` prints nothing"),
        ("folders = ['no-such-folder']", "no-such-folder holds no file"),
        ("log = 'no such line'", "no line of the service's log matches /no such line/"),
        ("excerpts = [{ file = 'Cargo.toml', from = 'fn' }]", "no line of Cargo.toml begins with `fn`"),
        ("values = { BK-HP-001 = ['id.of'] }", "the answer of BK-HP-001 has no `id.of`"),
    ];
    for (evidence, why) in cases {
        let shop = workspace(&format!("title = 'Books'\ntests = ['BK-HP-001']\n{evidence}"));
        let ended = shop.run(&["prove", "--write-proof"]).expect(1);
        assert!(ended.stderr.contains(&format!("`Books` is not proved: {why}")), "{}", ended.stderr);
    }
}

#[test]
fn a_criterion_without_an_executed_request_fails() {
    let ended = workspace("title = 'Books'\ntests = ['BK-HP-009']").run(&["prove", "--write-proof"]).expect(1);
    assert!(ended.stderr.contains("`Books` is not proved: no request has the test id BK-HP-009"), "{}", ended.stderr);
}

#[test]
fn a_criterion_for_which_nothing_was_executed_fails() {
    let ended = workspace("title = 'Books'\nfolders = ['__http__']").run(&["prove", "--write-proof"]).expect(1);
    assert!(ended.stderr.contains("it names no test and no command, so that nothing was executed"), "{}", ended.stderr);
}

#[test]
fn a_service_that_ends_while_it_is_asked_is_a_failed_check() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let ended = shop.command(&["prove", "--no-probes"]).env("BOOKS_FAULT", "crash").output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("error[service-ended]: the service ended while it was asked: exit status: 3"), "{stderr}");
}

#[test]
fn the_environment_of_a_service_is_what_the_workspace_says() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml");
    let run = |environment: &str| {
        let more = tables.replace("ready =", &format!("{environment}\nready ="));
        shop.write("Cargo.toml", more);
        let ended = shop.command(&["prove", "--no-probes"]).env("BOOKS_FAULT", "crash").output().unwrap();
        let stderr = String::from_utf8(ended.stderr).unwrap();
        (ended.status.code(), stderr.contains("total: 4 passed"), stderr)
    };
    for environment in ["", "environment = { BOOKS_FAULT = 'other-title' }", "inherit = ['PATH', 'BOOKS*']"] {
        let (code, passed, stderr) = run(environment);
        assert!(code == Some(1) && !passed, "{environment}\n{stderr}");
    }
    for environment in ["environment = { BOOKS_FAULT = false }", "inherit = ['PATH', 'LD_*']"] {
        let (_, passed, stderr) = run(environment);
        assert!(passed, "{environment}\n{stderr}");
    }
    let (code, _, stderr) = run("environment = { BOOKS_FAULT = true }");
    assert!(code == Some(2) && stderr.contains("`BOOKS_FAULT` is `true`"), "{stderr}");
}

#[test]
fn what_must_be_true_at_the_end_is_asked_of_the_data() {
    let shop = faulty("leave  Something is left behind\n", "");
    let left = shop.path("left").display().to_string();
    let tables = shop.read("Cargo.toml");
    let rules = format!(
        "[[workspace.metadata.contract.prove.invariants]]\ntitle = 'Nothing is left behind'\nrun = \"cat '{left}'\"\n\
         [workspace.metadata.contract.service.environment]\nBOOKS_LEFT = '{left}'\n"
    );
    shop.write("Cargo.toml", tables + &rules);
    shop.write("left", "");
    shop.run(&["prove", "--write-proof"]).expect(0);
    let ended = shop.run(&["prove", "--mutants"]).expect(0);
    let said = "leave  invariant Nothing is left behind: the command must print nothing, and prints `left`";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    let ended = shop.run(&["prove"]).expect(1);
    let said = "error[broken-invariant]: Nothing is left behind: the command must print nothing, and prints `left`";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert!(ended.stderr.contains("1 wrong beside the answers"), "{}", ended.stderr);
}

#[test]
fn every_report_tells_what_is_wrong_beside_the_answers() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml");
    let rules = "[[workspace.metadata.contract.prove.invariants]]\ntitle = 'Nothing is left'\nrun = 'echo a|b'\n";
    shop.write("Cargo.toml", tables + rules);
    let mut command = shop.command(&["prove", "--message-format", "json", "--junit", "junit.xml"]);
    let ended = command.env("GITHUB_STEP_SUMMARY", shop.path("summary.md")).output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = "Nothing is left: the command must print nothing, and prints `a|b`";
    let printed = String::from_utf8(ended.stdout).unwrap();
    let objects: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let total = objects.iter().find(|object| object["kind"] == "total").unwrap();
    assert_eq!((&total["failed"], &total["broken"]), (&json!(true), &json!([said])));
    let summary = shop.read("summary.md");
    for part in ["### prove: the contract is broken, ".to_owned(), said.replace('|', "\\|")] {
        assert!(summary.contains(&part), "{part}\n{summary}");
    }
    let report = quick_junit::Report::deserialize_from_str(&shop.read("junit.xml")).unwrap();
    assert_eq!((report.failures, report.errors), (1, 0));
}

#[test]
fn a_token_whose_variable_has_no_value_is_not_tried_and_that_is_told() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml");
    let more = "[workspace.metadata.contract.service.variables]\nexpired = 'echo old'\n\
                [workspace.metadata.contract.prove]\nrefused-tokens = ['expired']\n";
    shop.write("Cargo.toml", tables + more);
    let stall = Stall::open(strict);
    let standard = ["prove", "--base-url", &stall.url, "--message-format", "json"];
    let gap = |ended: &Ended| {
        let name = "addBook: with the token `expired`";
        objects(ended).find(|object| object["name"] == name).map(|object| object["kind"].clone())
    };
    assert_eq!(gap(&shop.run(&standard).expect(0)), Some(json!("gap")));
    let given = shop.run(&[&standard[..], &["--var", "expired=old"]].concat()).expect(0);
    assert_eq!(gap(&given), Some(json!("probe")));
}

#[test]
fn flags_of_the_faults_go_with_no_server_that_runs() {
    let stall = Stall::open(right);
    for flags in [&["--quick"][..], &["--fault", "x"], &["--schemathesis", "5"]] {
        let ended = prove(&stall, flags).expect(2);
        assert!(
            ended.stderr.contains(&format!("cannot be used with '{}", flags[0]))
                || ended.stderr.contains("cannot be used with '--base-url"),
            "{}",
            ended.stderr
        );
    }
    assert!(stall.asked().is_empty());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_service_and_leaves_nothing_behind() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::io::{ErrorKind, Read};
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
        std::fs::create_dir(shop.path("tmp")).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut command = shop.command(&["prove"]);
        command.env("BOOKS_FAULT", "wait").env("BOOKS_CALL", listener.local_addr().unwrap().to_string());
        let mut proof = command.env("TMPDIR", shop.path("tmp")).spawn().unwrap();
        // The service says that it was asked, and waits for an answer.
        let mut service = listener.accept().unwrap().0;
        assert_eq!(std::fs::read_dir(shop.path("tmp")).unwrap().count(), 1);
        kill_process(Pid::from_child(&proof), signal).unwrap();
        assert_eq!(proof.wait().unwrap().code(), Some(code));
        assert_eq!(std::fs::read_dir(shop.path("tmp")).unwrap().count(), 0);
        let ended = service.read(&mut [0]).map_err(|error| error.kind());
        assert!(matches!(ended, Ok(0) | Err(ErrorKind::ConnectionReset)), "it still runs: {ended:?}");
    }
}

#[test]
fn a_table_that_nobody_reads_is_a_mistake() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml");
    shop.write("Cargo.toml", tables + "[workspace.metadata.contract.boundarys]\n");
    let ended = shop.run(&["prove"]).expect(2);
    assert!(ended.stderr.contains("there is no [workspace.metadata.contract.boundarys]"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the tables are: clients, dev, mutants"), "{}", ended.stderr);
}

#[test]
fn a_service_that_cannot_start_is_not_a_failed_check() {
    let shop = workspace("title = 'Books'\ntests = ['BK-HP-001']");
    let tables = shop.read("Cargo.toml").replace("service --exact", "no-such-service --exact");
    shop.write("Cargo.toml", tables);
    let ended = shop.run(&["prove"]).expect(2);
    assert!(ended.stderr.contains("error[service-not-ready]: the service did not become ready"), "{}", ended.stderr);
}
