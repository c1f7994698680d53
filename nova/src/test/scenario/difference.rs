//! Where one JSON value is not part of another.

use serde_json::Value;

/// The first place at which `found` does not hold `wanted`: members may be more, lists and scalars must be equal.
pub(super) fn difference(wanted: &Value, found: &Value) -> Option<String> {
    below(wanted, found, &mut String::new())
}

fn below(wanted: &Value, found: &Value, place: &mut String) -> Option<String> {
    let differs = |place: &str| {
        let place = if place.is_empty() { "the whole".to_owned() } else { place.to_owned() };
        Some(format!("at {place}: expected {wanted}, found {found}"))
    };
    match (wanted, found) {
        (Value::Object(members), Value::Object(others)) => members.iter().find_map(|(name, member)| {
            let escaped = name.replace('~', "~0").replace('/', "~1");
            match others.get(name) {
                Some(other) => step(&escaped, member, other, place),
                None => Some(format!("at {place}/{escaped}: expected {member}, found nothing")),
            }
        }),
        (Value::Array(items), Value::Array(others)) if items.len() == others.len() => {
            let mut pairs = items.iter().zip(others).enumerate();
            pairs.find_map(|(at, (item, other))| step(&at.to_string(), item, other, place))
        }
        (Value::Object(_) | Value::Array(_), _) => differs(place),
        (wanted, found) if wanted == found => None,
        _ => differs(place),
    }
}

fn step(name: &str, wanted: &Value, found: &Value, place: &mut String) -> Option<String> {
    let length = place.len();
    place.push('/');
    place.push_str(name);
    let difference = below(wanted, found, place);
    place.truncate(length);
    difference
}
