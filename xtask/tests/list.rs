//! What `list` prints.

mod workshop;

use expect_test::expect;
use workshop::Workshop;

#[test]
fn requests_are_listed_as_one_json_object_a_line() {
    let shop = Workshop::with_pets();

    let ended = shop.run(&["list", "contract", "--format", "json"]).expect(0);

    expect![[r#"
        {"file":"contract/10-pets.http","line":17,"name":"listPets","method":"GET","url":"{{baseUrl}}/pets","headers":[],"body_len":0}
        {"file":"contract/10-pets.http","line":33,"name":"addPet","method":"POST","url":"{{baseUrl}}/pets","headers":["Authorization","Content-Type"],"body_len":35}
        {"file":"contract/10-pets.http","line":51,"name":"getPet","method":"GET","url":"{{baseUrl}}/pets/{{petId}}","headers":[],"body_len":0}
    "#]]
    .assert_eq(&ended.stdout);
}

#[test]
fn requests_are_listed_as_a_table() {
    let shop = Workshop::with_pets();

    let ended = shop.run(&["list", "contract/10-pets.http", "contract"]).expect(0);

    expect![[r#"
        contract/10-pets.http:17  listPets  GET     {{baseUrl}}/pets
        contract/10-pets.http:33  addPet    POST    {{baseUrl}}/pets
        contract/10-pets.http:51  getPet    GET     {{baseUrl}}/pets/{{petId}}
    "#]]
    .assert_eq(&ended.stdout);
}

#[test]
fn a_foreign_file_is_read_leniently_and_refused_as_a_contract() {
    let shop = Workshop::empty();
    shop.write("foreign.http", "GET http://127.0.0.1/a\n\n?? status == 200\n");

    let lenient = shop.run(&["list", "foreign.http"]).expect(0);
    let strict = shop.run(&["list", "--profile", "contract", "foreign.http"]).expect(1);

    assert_eq!(lenient.stdout, strict.stdout);
    assert!(strict.stderr.contains("non-portable-trailer"), "{}", strict.stderr);
}

#[test]
fn a_path_that_is_not_there_is_an_error() {
    let shop = Workshop::empty();

    let ended = shop.run(&["list", "nowhere.http"]).expect(1);

    assert!(ended.stderr.contains("there is no file nowhere.http"), "{}", ended.stderr);
}
