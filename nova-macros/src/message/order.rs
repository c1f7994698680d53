//! What keys say about each other: patterns in the order in which they are tried, tags, and the pointer that leads to them.

use super::{
    model::{Arm, Value},
    pattern::Pattern,
};
use crate::diag::Diagnostics;
use proc_macro2::Span;
use syn::LitStr;

/// Each pattern against those before it.
pub(super) fn check_order(arms: &[(Arm<Pattern>, LitStr)], diag: &mut Diagnostics) {
    for (at, (later, literal)) in arms.iter().enumerate() {
        for (earlier, first) in &arms[..at] {
            let (text, before, name) = (literal.value(), first.value(), &earlier.variant);
            if earlier.key.covers(&later.key) {
                let message = if later.key.covers(&earlier.key) {
                    format!("`{name}` takes these channels already, by `{before}`: one channel goes to one variant")
                } else {
                    format!(
                        "`{}` gets nothing: `{name}` before it takes every channel of `{text}`, by `{before}`; put `{text}` first",
                        later.variant
                    )
                };
                diag.at(literal.span(), message);
                break;
            }
            if !later.key.covers(&earlier.key)
                && let Some(channel) = earlier.key.shared(&later.key)
            {
                diag.at(
                    literal.span(),
                    format!(
                        "`{text}` and `{before}` of `{name}` both take `{channel}`, and neither is a special case of the other: make one of \
                         them narrower"
                    ),
                );
                break;
            }
        }
    }
}

pub(super) fn check_tags(arms: &[(Arm<Value>, Span)], diag: &mut Diagnostics) {
    for (at, (later, span)) in arms.iter().enumerate() {
        for (earlier, _) in &arms[..at] {
            let same = match (&earlier.key, &later.key) {
                (Value::Text(a), Value::Text(b)) => a == b,
                (Value::Number(a), Value::Number(b)) => a == b,
                _ => false,
            };
            if same {
                diag.at(*span, format!("`{}` has this tag already: one tag goes to one variant", earlier.variant));
                break;
            }
        }
    }
}

pub(super) fn check_pointer(pointer: &LitStr, diag: &mut Diagnostics) {
    let text = pointer.value();
    let escapes = text.split('~').skip(1).all(|behind| behind.starts_with(['0', '1']));
    if text.is_empty() {
        diag.at(
            pointer.span(),
            "`tag` takes the JSON pointer of a field: write `tag = \"/e\"`; \"\" is the whole payload",
        );
    } else if !text.starts_with('/') {
        diag.at(pointer.span(), format!("a JSON pointer starts with `/`: write `tag = \"/{text}\"`"));
    } else if !escapes {
        diag.at(pointer.span(), "in a JSON pointer `~` is written `~0`, and `/` in a name `~1`");
    }
}
