//! The header is made of the library's source.

use std::{fs, path::Path};

#[test]
fn the_header_is_that_of_the_library() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config {
        language: cbindgen::Language::C,
        header: Some(fs::read_to_string(here.join("header.txt")).unwrap().trim_end().to_owned()),
        include_guard: Some("LICENTIA_H".to_owned()),
        sys_includes: vec!["stdint.h".to_owned()],
        no_includes: true,
        cpp_compat: true,
        line_length: 100,
        documentation_style: cbindgen::DocumentationStyle::C99,
        ..cbindgen::Config::default()
    };
    let builder = cbindgen::Builder::new().with_config(config);
    let mut made = Vec::new();
    builder.with_src(here.join("src/lib.rs")).generate().unwrap().write(&mut made);
    let made = String::from_utf8(made).unwrap();

    let committed = fs::read_to_string(here.join("include/licentia.h")).unwrap_or_default();
    if made != committed {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("licentia.h");
        fs::write(&path, &made).unwrap();
        panic!(
            "include/licentia.h is not that of src/lib.rs; if the change is meant:\n  cp {} {}",
            path.display(),
            here.join("include/licentia.h").display()
        );
    }
}
