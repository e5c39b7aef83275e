//! The hand-written files of a package that does not exist yet.

use serde_json::json;

use crate::names::Names;
use crate::output::Output;

/// The runtime: what the client of every API needs.
const RUNTIME: &[(&str, &str)] = &[
    ("answer.ts", include_str!("../../../../sdk/typescript/src/answer.ts")),
    ("call.ts", include_str!("../../../../sdk/typescript/src/call.ts")),
    ("errors.ts", include_str!("../../../../sdk/typescript/src/errors.ts")),
    ("index.ts", include_str!("../../../../sdk/typescript/src/index.ts")),
    ("options.ts", include_str!("../../../../sdk/typescript/src/options.ts")),
    ("request.ts", include_str!("../../../../sdk/typescript/src/request.ts")),
    ("time.ts", include_str!("../../../../sdk/typescript/src/time.ts")),
    ("token.ts", include_str!("../../../../sdk/typescript/src/token.ts")),
    ("transport.ts", include_str!("../../../../sdk/typescript/src/transport.ts")),
];

/// A package that builds by itself after `npm install`.
#[must_use]
pub fn scaffold(names: &Names) -> Vec<Output> {
    let file = |name: &str, text: &str| Output::scaffold(format!("sdk/typescript/{name}"), text);
    let mut outputs = vec![
        file("package.json", &package(names)),
        file("tsconfig.json", include_str!("../../../../sdk/typescript/tsconfig.json")),
        file("tsconfig.fences.json", include_str!("../../../../sdk/typescript/tsconfig.fences.json")),
        file("scripts/fences.mjs", include_str!("../../../../sdk/typescript/scripts/fences.mjs")),
        file("wire/main.mjs", include_str!("../../../../sdk/typescript/wire/main.mjs")),
        file("wire/request.mjs", include_str!("../../../../sdk/typescript/wire/request.mjs")),
        file("wire/types.mjs", include_str!("../../../../sdk/typescript/wire/types.mjs")),
        file("wire/tsconfig.json", include_str!("../../../../sdk/typescript/wire/tsconfig.json")),
        file(".gitignore", include_str!("../../../../sdk/typescript/.gitignore")),
    ];
    outputs.extend(RUNTIME.iter().map(|(name, text)| file(&format!("src/{name}"), text)));
    outputs
}

fn package(names: &Names) -> String {
    let package = json!({
        "name": names.typescript,
        "version": names.package_version(),
        "description": format!("TypeScript client of {}", names.title),
        "private": true,
        "type": "module",
        "sideEffects": false,
        "engines": { "node": ">=20" },
        "exports": {
            ".": { "types": "./dist/index.d.ts", "default": "./dist/index.js" },
            "./package.json": "./package.json"
        },
        "files": ["dist", "src"],
        "scripts": {
            "build": "tsc -p .",
            "wire": "npm run build && tsc -p wire",
            "test": "npm run build && node scripts/fences.mjs && tsc -p tsconfig.fences.json"
        },
        "devDependencies": { "typescript": "5.9.3" }
    });
    format!("{package:#}\n")
}
