//! Requests that break one constraint, and those exactly at a bound.

use super::*;

fn probe(stall: &Stall, more: &[&str]) -> Ended {
    workshop().run(&[&["prove", "--contract", "contract", "--base-url", &stall.url], more].concat())
}

/// The names of the probes that failed, with what was wrong.
fn failed_probes(ended: &Ended) -> Vec<String> {
    failed("probe", ended)
}

fn failed(kind: &str, ended: &Ended) -> Vec<String> {
    let failed = objects(ended).filter(|step| step["kind"] == kind).flat_map(|step| {
        let findings = step["findings"].as_array().unwrap().clone();
        findings
            .into_iter()
            .map(move |f| format!("{}: {}", step["name"].as_str().unwrap(), f["message"].as_str().unwrap()))
    });
    failed.collect()
}

#[test]
fn a_server_that_keeps_every_constraint_passes_all_probes() {
    let stall = Stall::open(strict);
    let ended = probe(&stall, &[]).expect(0);
    assert!(
        ended
            .stderr
            .contains("total: 4 passed, 0 failed; 26 of 26 probes refused as declared; 7 of 7 boundaries taken"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_limit_that_is_off_by_one_is_found() {
    let stall = Stall::open(|asked| {
        let lenient = Asked { body: asked.body.replace("5001", "5000"), ..asked.clone() };
        strict(&lenient)
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    assert_eq!(failed_probes(&ended), ["addBook: `pages` is more than its maximum: expected status 422, got 201"]);
}

#[test]
fn a_limit_that_is_too_strict_by_one_is_found() {
    let stall = Stall::open(|asked| {
        let strict_by_one = Asked { body: asked.body.replace(":5000}", ":5001}"), ..asked.clone() };
        strict(&strict_by_one)
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    assert_eq!(failed("boundary", &ended), ["addBook: `pages` is its maximum: expected status 201, got 422"]);
    assert!(failed("probe", &ended).is_empty());
}

#[test]
fn an_operation_that_is_taken_once_has_no_boundaries() {
    let taken = std::sync::atomic::AtomicUsize::new(0);
    let stall = Stall::open(move |asked| {
        let reply = strict(asked);
        if reply.status == 201 && taken.fetch_add(1, std::sync::atomic::Ordering::SeqCst) > 0 {
            return Reply::json(422, json!({ "message": "that book is there" }));
        }
        reply
    });
    let ended = probe(&stall, &["--only", "addBook"]).expect(0);
    let said = "the boundaries of addBook, whose request is taken once: addBook is answered 422 the second time";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

/// A shelf that answers the n-th book that it takes otherwise.
fn tired(after: usize, reply: fn() -> Reply) -> Stall {
    let taken = std::sync::atomic::AtomicUsize::new(0);
    Stall::open(move |asked| {
        let right = strict(asked);
        let is_late = right.status == 201 && taken.fetch_add(1, std::sync::atomic::Ordering::SeqCst) >= after;
        if is_late { reply() } else { right }
    })
}

#[test]
fn an_operation_that_breaks_the_second_time_is_not_one_that_is_taken_once() {
    let stall = tired(1, || Reply::json(500, json!({ "message": "oops" })));
    let ended = probe(&stall, &["--only", "addBook", "--message-format", "json"]).expect(1);
    let found = failed("boundary", &ended);
    assert_eq!(found[0], "addBook: expected status 201, got 500");
}

#[test]
fn what_is_found_at_a_bound_stays_found_when_the_next_one_cannot_be_prepared() {
    let shop = workshop();
    // Reading a book, which needs one on the shelf, has bounds of its own: the first page is broken, and then the shelf is full.
    let path = "# @path bookId: int64(1..) - Which book\n";
    shop.edit("contract/10-books.http", path, &format!("{path}# @query page?: int32(1..9) - Which page\n"));
    let broken = std::sync::atomic::AtomicBool::new(false);
    let stall = Stall::open(move |asked| {
        let (path, page) = asked.path.split_once("?page=").unwrap_or((&asked.path, "2"));
        if page == "1" {
            broken.store(true, std::sync::atomic::Ordering::SeqCst);
            return Reply::json(500, json!({ "message": "oops" }));
        }
        let reply = strict(&Asked { path: path.to_owned(), ..asked.clone() });
        let is_page = page.parse::<i64>().is_ok_and(|page| (1..=9).contains(&page));
        let is_full = reply.status == 201 && broken.load(std::sync::atomic::Ordering::SeqCst);
        if is_page && !is_full { reply } else { Reply::json(422, json!({ "message": "at least" })) }
    });
    let standard = ["prove", "--contract", "contract", "--base-url", &stall.url, "--message-format", "json"];
    let found = failed("boundary", &shop.run(&standard).expect(1));
    assert_eq!(found[0], "getBook: `page` is its minimum: expected status 200, got 500");
    assert_eq!(found[2], "addBook: expected status 201, got 422");
    assert_eq!(found[3], "addBook: the boundaries of getBook that follow were not sent");
}

#[test]
fn a_body_that_stands_in_a_file_is_probed() {
    let stall = Stall::open(strict);
    let shop = workshop();
    shop.write("contract/dune.json", r#"{"title":"Dune","pages":412}"#);
    shop.edit("contract/10-books.http", r#"{ "title": "Dune", "pages": 412 }"#, "< ./dune.json");
    let ended = shop.run(&["prove", "--contract", "contract", "--base-url", &stall.url]).expect(0);
    assert!(ended.stderr.contains("26 of 26 probes refused as declared; 7 of 7 boundaries taken"), "{}", ended.stderr);
}

#[test]
fn a_body_in_which_a_variable_is_a_number_is_probed() {
    let stall = Stall::open(strict);
    let shop = workshop();
    shop.edit("contract/10-books.http", "@bookId = 1", "@bookId = 1\n@pages = 412");
    shop.edit(
        "contract/10-books.http",
        r#"{ "title": "Dune", "pages": 412 }"#,
        r#"{ "title": "Dune", "pages": {{pages}} }"#,
    );
    let ended = shop.run(&["prove", "--contract", "contract", "--base-url", &stall.url]).expect(0);
    assert!(ended.stderr.contains("26 of 26 probes refused as declared; 7 of 7 boundaries taken"), "{}", ended.stderr);
}

#[test]
fn what_people_know_of_a_service_stands_beside_the_requests_of_another_contract() {
    let stall = Stall::open(|asked| match asked.body.as_str() {
        r#"{"title":"Dune","pages":5000}"# => Reply::json(422, json!({ "message": "at least" })),
        r#"{"title":"Dune","pages":1.5}"# => right(&Asked { body: r#"{"pages":1}"#.to_owned(), ..asked.clone() }),
        _ => strict(asked),
    });
    let shop = workshop();
    let run = |rules: &str| {
        shop.write("contract/prove.toml", rules);
        shop.run(&["prove", "--contract", "contract", "--base-url", &stall.url])
    };
    run("").expect(1);
    let excluded = "[excluded]\n'addBook: `pages` is its maximum' = 'thick books fall'\n\
                    'addBook: `pages` has a fraction' = 'it is cut'\n";
    let ended = run(excluded).expect(0);
    assert!(ended.stderr.contains("; 2 excluded with a reason"), "{}", ended.stderr);
    let once = run(&format!("{excluded}[once]\naddBook = 'there is one copy'\n")).expect(0);
    assert!(once.stderr.contains("the boundaries of addBook, whose request is taken once: there is one copy"));
    for (rules, why) in [
        ("[excluded]\n'addBook: no such' = 'x'", "`excluded` names `addBook: no such`, which is neither"),
        ("[once]\nnoBook = 'x'", "`once` names `noBook`, which is no operation"),
        ("[[readers]]\nrequest = 'noBook'\nvalues = []", "a reader names `noBook`, which is no request"),
        ("[[readers]]\nrequest = 'addBook'\nvalues = []", "the reader `addBook` is no GET that succeeds"),
        ("[[readers]]\nrequest = 'getBook'\nvalues = []", "the reader `getBook` names no values"),
        ("[[readers]]\nrequest = 'getBook'\nvalues = ['page']", "the reader `getBook` names the value `page`, which"),
        ("[[readers]]\nrequest = 'getBook'\nvalues = ['id.no']", "the reader `getBook` names the value `id.no`, which"),
        ("refused-tokens = ['expird']", "`refused-tokens` names `expird`, which is no variable"),
        ("exclude = []", "unknown field `exclude`"),
    ] {
        let ended = run(rules).expect(2);
        assert!(ended.stderr.contains(why), "{why}\n{}", ended.stderr);
    }
}

#[test]
fn what_is_not_tried_is_told_with_its_reason() {
    let stall = Stall::open(strict);
    let ended = probe(&stall, &["--message-format", "json"]).expect(0);
    let gaps: Vec<_> = objects(&ended).filter(|object| object["kind"] == "gap").collect();
    assert_eq!(gaps[0]["name"], "addBook: a body of another media type");
    assert_eq!(gaps[0]["reason"], "415 is not declared, so that nothing says what happens");
    let unwatched = objects(&ended).find(|object| object["kind"] == "unwatched").unwrap();
    assert_eq!(unwatched["operation"], "addBook");
    let words = probe(&stall, &[]).expect(0).stderr;
    assert!(words.contains("not tried  addBook: a body of another media type: 415 is not declared"), "{words}");
    assert!(words.contains("probes of addBook change anything: no reader shows it"), "{words}");
}

#[test]
fn a_reader_that_people_name_watches_what_has_no_resource_yet() {
    // A book that is refused for its length is counted all the same.
    let count = std::sync::atomic::AtomicI64::new(0);
    let stall = Stall::open(move |asked| {
        let mut reply = strict(asked);
        if asked.body.contains("Duneeeeeeeeeeeeeeeeee\"") {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        if asked.path == "/books/999" {
            let pages = count.load(std::sync::atomic::Ordering::SeqCst) + 1;
            reply = Reply::json(200, json!({ "id": 999, "title": "The count", "pages": pages }));
        }
        reply
    });
    let shop = workshop();
    let counted =
        "\n### BK-HP-003: The count\n# @name getCount\n# @operation getBook\nGET {{baseUrl}}/books/999 HTTP/1.1\n";
    let text = shop.read("contract/10-books.http");
    shop.write("contract/10-books.http", text + counted);
    shop.write("contract/prove.toml", "[[readers]]\nrequest = 'getCount'\nvalues = ['pages']\n");
    let standard = ["prove", "--contract", "contract", "--base-url", &stall.url, "--message-format", "json"];
    let ended = shop.run(&standard).expect(1);
    let expected = "addBook: `title` is longer than its maximum: this request changed what BK-HP-003 answers";
    assert_eq!(failed_probes(&ended), [expected]);
    assert!(!objects(&ended).any(|object| object["kind"] == "unwatched"));
}

#[test]
fn a_method_that_the_path_does_not_have_must_be_answered_by_those_that_it_has() {
    let stall = Stall::open(|asked| {
        let mut reply = strict(asked);
        reply.headers.retain(|(name, _)| *name != "Allow" || asked.path != "/books");
        if reply.status == 405 && asked.path == "/books/7" {
            strict(&Asked { method: "GET".into(), ..asked.clone() })
        } else {
            reply
        }
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let expected = [
        "addBook: by a method that the path does not have: the header Allow does not name POST",
        "getBook: by a method that the path does not have: expected status 405, got 200",
    ];
    assert_eq!(failed_probes(&ended), expected);
}

#[test]
fn a_path_at_its_bound_is_not_refused_whatever_is_there() {
    let stall = Stall::open(|asked| {
        let refused = asked.method == "GET" && asked.path == "/books/1";
        if refused { Reply::json(422, json!({ "message": "at least 2" })) } else { strict(asked) }
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let expected = "getBook: `bookId` is its minimum: the path is allowed: expected neither 400 nor 422, got 422";
    assert_eq!(failed("boundary", &ended), [expected]);
}

#[test]
fn a_server_that_asks_nobody_for_a_token_is_found() {
    let stall = Stall::open(|asked| strict(&Asked { token: Some("a-reader".to_owned()), ..asked.clone() }));
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let found = failed_probes(&ended);
    assert_eq!(found[0], "addBook: without a token: expected status 401, got 201");
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn a_refused_request_that_leaves_something_behind_is_found() {
    // Whatever is refused after the book has been put there tears a page out of it.
    let pages = std::sync::atomic::AtomicI64::new(412);
    let stall = Stall::open(move |asked| {
        let mut reply = strict(asked);
        if reply.status == 200 {
            let pages = pages.load(std::sync::atomic::Ordering::SeqCst);
            reply.body = json!({ "id": 7, "title": "Dune", "pages": pages }).to_string();
        } else if asked.path == "/books/0" {
            pages.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
        }
        reply
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let expected = "getBook: `bookId` is less than its minimum: this request changed what getBook answers";
    assert_eq!(failed_probes(&ended), [expected]);
}

/// A shelf whose book has fewer pages each time that it is read a second after the last time.
fn counting_seconds() -> impl Fn(&Asked) -> Reply + Send {
    let read = std::sync::Mutex::new((std::time::Instant::now(), 400));
    move |asked| {
        let mut reply = strict(asked);
        let mut read = read.lock().unwrap();
        // The second begins just when this is asked.
        let is_due = read.0.elapsed().as_secs() >= 1 || asked.path == "/books/0";
        if reply.status == 200 || is_due {
            *read = (std::time::Instant::now(), read.1 - i64::from(is_due));
        }
        if reply.status == 200 {
            set_body(&mut reply, json!({ "id": 7, "title": "Dune", "pages": read.1 }));
        }
        reply
    }
}

#[test]
fn what_changes_by_itself_is_no_change_by_a_request() {
    let ended = probe(&Stall::open(counting_seconds()), &["--message-format", "json"]).expect(0);
    assert!(failed_probes(&ended).is_empty());
}

#[test]
fn a_change_beside_what_changes_by_itself_is_found() {
    let counting = counting_seconds();
    let renamed = std::sync::atomic::AtomicBool::new(false);
    let stall = Stall::open(move |asked| {
        renamed.fetch_or(asked.path == "/books/0", std::sync::atomic::Ordering::SeqCst);
        let reply = counting(asked);
        if renamed.load(std::sync::atomic::Ordering::SeqCst) { reply.with("Dune", "Emma") } else { reply }
    });
    let ended = probe(&stall, &["--message-format", "json"]).expect(1);
    let expected = "getBook: `bookId` is less than its minimum: this request changed what getBook answers";
    assert_eq!(failed_probes(&ended), [expected]);
}

#[test]
fn a_request_that_may_take_its_time_is_sent_again_until_its_answer_is_right() {
    let late = |answers: usize| {
        let asked_so_far = std::sync::atomic::AtomicUsize::new(0);
        Stall::open(move |asked| {
            let mut reply = right(asked);
            if asked.path == "/books/7" && asked_so_far.fetch_add(1, std::sync::atomic::Ordering::SeqCst) < answers {
                set_body(&mut reply, json!({ "id": 7, "title": "not yet", "pages": 4 }));
            }
            reply
        })
    };
    let run = |stall: &Stall, within: &str| {
        let shop = workshop();
        let text = shop.read("contract/10-books.http");
        let assertion = "# @assert $.title ==";
        shop.write("contract/10-books.http", text.replacen(assertion, &format!("{within}{assertion}"), 1));
        shop.run(&["prove", "--contract", "contract", "--no-probes", "--base-url", &stall.url])
    };
    let stall = late(2);
    run(&stall, "# @within 60s\n").expect(0);
    assert_eq!(stall.asked().iter().filter(|asked| *asked == "GET /books/7").count(), 3);
    run(&late(1), "").expect(1);
    run(&late(usize::MAX), "# @within 1s\n").expect(1);
}
