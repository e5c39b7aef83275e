//! Makes contracts of any size: each file has ten operations of one resource, with samples, fields, errors and queries
//! as people write them.

use std::fmt::Write;

use httpfile::Source;

/// How many operations a file has.
pub const OPERATIONS_PER_FILE: usize = 10;

/// The request files of a contract with that many operations.
pub fn contract(operations: usize) -> Vec<Source> {
    let mut files = vec![Source::new("__http__/00-shared.http", shared())];
    for number in 0..operations / OPERATIONS_PER_FILE {
        files.push(Source::new(format!("__http__/{number:04}.http"), file(number)));
    }
    files
}

fn shared() -> String {
    "# @api Generated 1.0.0\n#\n# A contract of any size.\n#\n\
     # @server http://127.0.0.1:3000 - Local\n# @auth bearer http bearer JWT - A token\n\n\
     ### Vocabulary\n# @schema ItemKey: string(1..64)(/^[a-z0-9-]+$/) - Identifies an item\n\
     # @schema ItemKind: \"small\" | \"medium\" | \"large\" - How large it is\n\
     # @schema Problem - What every error holds\n# @field code: string - The reason\n# @field message: string\n\
     # { \"code\": \"NOT_FOUND\", \"message\": \"there is no such item\" }\n"
        .to_owned()
}

fn file(number: usize) -> String {
    let mut text = format!(
        "@baseUrl = http://127.0.0.1:3000\n@token = secret\n\
         @shopId = 5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f\n@itemKey = item-{number}\n"
    );
    for operation in 0..OPERATIONS_PER_FILE {
        // Writing to a string cannot fail.
        let _ =
            if operation % 2 == 0 { create(&mut text, number, operation) } else { read(&mut text, number, operation) };
    }
    text
}

fn create(text: &mut String, file: usize, operation: usize) -> std::fmt::Result {
    let (id, path) =
        (format!("createItem{file}x{operation}"), format!("/api/shops/{{{{shopId}}}}/items{file}x{operation}"));
    write!(
        text,
        r#"
### CR-{file}-{operation}: Create an item
# @name {id}
# @operation {id}
# @security bearer role:editor
#
# Creates one item with its parts.
# The answer tells where it is.
#
# @path shopId: uuid - The shop
# @body NewItem{file}x{operation}
# @field key: ItemKey
# @field kind?: ItemKind = "small" - Decides the shelf
# @field parts: Part{file}x{operation}[](1..100) - What it is made of
# @field parts[].size: int64(1..1000000) - In bytes
# @response 201 Item{file}x{operation} - Created
# @header Location: uri-reference - Where it is
# @field key: ItemKey
# {{ "id": "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f", "key": "{{{{itemKey}}}}", "createdAt": "2026-01-25T21:30:00Z",
#   "weight": 12.5, "parts": [{{ "name": "lid", "size": 17 }}] }}
# @response 401 Problem - Missing token
# @response 409 Problem - There already
POST {{{{baseUrl}}}}{path} HTTP/1.1
Authorization: Bearer {{{{token}}}}
Content-Type: application/json

{{
  "key": "{{{{itemKey}}}}",
  "kind": "large",
  "parts": [{{ "name": "lid", "size": 17 }}, {{ "name": "box", "size": 4 }}]
}}

### CR-{file}-{operation}E: The same item twice
# @name {id}Twice
# @expect status 409
# {{ "code": "ITEM_EXISTS", "message": "there is an item of that key" }}
# @assert $.code == "ITEM_EXISTS"
POST {{{{baseUrl}}}}{path} HTTP/1.1
Authorization: Bearer {{{{token}}}}
Content-Type: application/json

{{ "key": "{{{{itemKey}}}}", "parts": [{{ "name": "lid", "size": 17 }}] }}
"#
    )
}

fn read(text: &mut String, file: usize, operation: usize) -> std::fmt::Result {
    let id = format!("listItems{file}x{operation}");
    write!(
        text,
        r#"
### LS-{file}-{operation}: List the items of a shop
# @name {id}
# @operation {id}
# @security bearer
# @path shopId: uuid - The shop
# @query limit?: int32(1..500) = 50 - How many
# @query kind?: ItemKind - Only of this kind
# @response 200 ItemPage{file}x{operation} - A page
# @field items[].kind: ItemKind
# @field next?: string - Absent on the last page
# {{ "items": [{{ "id": "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e3f", "kind": "small", "note": null }},
#     {{ "id": "5b0c2f5e-3f0e-4d2c-9a57-0b6c7c1d2e40", "kind": "large", "note": "x", "price": 1.5 }}], "total": 2 }}
# @response 401 Problem - Missing token
# @response 404 Problem - No such shop
GET {{{{baseUrl}}}}/api/shops/{{{{shopId}}}}/list{file}x{operation}?limit=20&kind=small HTTP/1.1
Authorization: Bearer {{{{token}}}}
"#
    )
}
