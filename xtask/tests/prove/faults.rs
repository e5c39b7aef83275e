//! Faults of a service that the proof must find.

use super::*;

#[test]
fn faults_that_the_proof_finds_are_counted() {
    let shop =
        faulty("no-limit  Pages have no limit\nother-title  Another book\nunseen  Nothing\n", "quick = ['unseen']");
    let ended = shop.run(&["prove", "--mutants"]).expect(0);
    for part in [
        "no-limit     probe addBook: `pages` is more than its maximum: expected status 422, got 201",
        "other-title  request BK-HP-002 getBook: $.title: expected \"Dune\", got \"Emma\"",
        "unseen       SURVIVED",
        "total: 2 of 3 faults found",
    ] {
        assert!(ended.stderr.contains(part), "{part}\n{}", ended.stderr);
    }
    let objects = shop.run(&["prove", "--mutants", "--fault", "no-limit", "--message-format", "json"]).expect(0).stdout;
    let objects: Vec<Value> = objects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((objects.len(), &objects[0]["found"]), (3, &Value::Null));
    assert_eq!((&objects[1]["fault"], &objects[1]["found"]["kind"]), (&json!("no-limit"), &json!("probe")));
    assert_eq!((&objects[2]["found"], &objects[2]["falseAlarm"]), (&json!(1), &json!(false)));
    let few = shop.run(&["prove", "--mutants", "--quick"]).expect(1);
    assert!(few.stderr.contains("0 of 1 faults found; at least 1 must be; not found: unseen"), "{}", few.stderr);
}

#[test]
fn a_service_without_a_fault_in_which_something_is_found_is_a_false_alarm() {
    let shop = faulty("other-title  Another book\n", "");
    shop.edit("__http__/10-books.http", "# @assert $.title == \"Dune\"", "# @assert $.title == \"Emma\"");
    let ended = shop.run(&["prove", "--mutants"]).expect(1);
    assert!(ended.stderr.contains("error[false-alarm]"), "{}", ended.stderr);
}

#[test]
fn a_fault_that_nobody_listed_cannot_be_chosen() {
    let ended = faulty("other-title  Another book\n", "").run(&["prove", "--mutants", "--fault", "no-such"]).expect(2);
    assert!(ended.stderr.contains("no fault is called `no-such`"), "{}", ended.stderr);
    assert!(ended.stderr.contains("the faults are: other-title"), "{}", ended.stderr);
}
