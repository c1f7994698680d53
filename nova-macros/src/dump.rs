//! `NOVA_EXPAND=dir`: one file a macro use, holding what the macro wrote.
//!
//! On stable and without another tool. The variable is named in the expansion itself, because cargo expands a crate again only
//! when a variable changed that its code mentions.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use std::{ffi::OsStr, fs, io, path::Path};

pub(crate) const VARIABLE: &str = "NOVA_EXPAND";

/// Where a macro was used.
pub(crate) struct Origin {
    pub(crate) file: String,
    pub(crate) line: usize,
}

/// Ends an expansion, and writes it down if the variable names a directory.
pub(crate) fn finish(
    mut expansion: TokenStream,
    name: Option<&str>,
    origin: &Origin,
    directory: Option<&OsStr>,
) -> TokenStream {
    expansion.extend(quote! {
        const _: ::core::option::Option<&str> = ::core::option_env!(#VARIABLE);
    });
    let directory = directory.filter(|directory| !directory.is_empty());
    if let (Some(directory), Some(name)) = (directory, name) {
        let path = Path::new(directory).join(file_name(name, origin));
        if let Err(error) = write(&path, &expansion, origin) {
            let message = format!("{VARIABLE}: cannot write {}: {error}", path.display());
            expansion.extend(syn::Error::new(Span::call_site(), message).to_compile_error());
        }
    }
    expansion
}

/// `examples/minimal.rs`, line 12, `Desk` → `examples-minimal-12-Desk.rs`: one name a use, and in a listing in order.
fn file_name(name: &str, origin: &Origin) -> String {
    let file = origin.file.strip_suffix(".rs").unwrap_or(&origin.file);
    let words: Vec<_> =
        file.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    format!("{}-{}-{name}.rs", words.join("-"), origin.line)
}

fn write(path: &Path, expansion: &TokenStream, origin: &Origin) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, format!("// {}:{}\n{}", origin.file, origin.line, text(expansion)))
}

#[cfg(feature = "expand")]
fn text(expansion: &TokenStream) -> String {
    syn::parse2(expansion.clone()).map_or_else(|_| expansion.to_string(), |file| prettyplease::unparse(&file))
}

#[cfg(not(feature = "expand"))]
fn text(expansion: &TokenStream) -> String {
    expansion.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env, process};

    #[test]
    fn each_use_has_a_file_of_its_own() {
        for (file, line, expected) in [
            ("examples/minimal.rs", 12, "examples-minimal-12-Desk.rs"),
            ("src/my_desk/mod.rs", 3, "src-my_desk-mod-3-Desk.rs"),
            ("/home/u/x.y/lib.rs", 1, "home-u-x-y-lib-1-Desk.rs"),
            ("C:\\code\\main.rs", 7, "C-code-main-7-Desk.rs"),
            ("<anon>", 1, "anon-1-Desk.rs"),
        ] {
            assert_eq!(file_name("Desk", &Origin { file: file.to_owned(), line }), expected);
        }
    }

    #[test]
    fn the_expansion_names_the_variable_last() {
        let origin = Origin { file: "lib.rs".to_owned(), line: 1 };
        let text = finish(
            quote!(
                struct Desk;
            ),
            None,
            &origin,
            None,
        )
        .to_string();
        assert!(text.starts_with("struct Desk ;"), "{text}");
        assert!(text.ends_with(":: core :: option_env ! (\"NOVA_EXPAND\") ;"), "{text}");
    }

    #[test]
    fn an_expansion_is_written_where_the_variable_says() {
        let directory = env::temp_dir().join(format!("nova-expand-{}", process::id()));
        let origin = Origin { file: "src/lib.rs".to_owned(), line: 3 };
        finish(
            quote!(
                struct Desk;
            ),
            Some("Desk"),
            &origin,
            Some(directory.as_os_str()),
        );

        let text = fs::read_to_string(directory.join("src-lib-3-Desk.rs")).expect("the file was written");
        fs::remove_dir_all(&directory).expect("the directory is the test's own");
        let (place, code) = text.split_once('\n').expect("two lines");
        assert_eq!(place, "// src/lib.rs:3");
        syn::parse_str::<syn::File>(code).expect("it is Rust");
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_an_error() {
        let file = env::temp_dir().join(format!("nova-expand-file-{}", process::id()));
        fs::write(&file, "").expect("a file in the way");
        let origin = Origin { file: "lib.rs".to_owned(), line: 1 };
        let text = finish(
            quote!(
                struct Desk;
            ),
            Some("Desk"),
            &origin,
            Some(file.as_os_str()),
        )
        .to_string();
        fs::remove_file(&file).expect("the file is the test's own");
        assert!(text.contains("compile_error ! { \"NOVA_EXPAND: cannot write"), "{text}");
    }
}
