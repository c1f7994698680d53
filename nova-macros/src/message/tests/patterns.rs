//! Patterns against channels spelt out: what one takes is compared with what the comparison of two says.

use super::super::pattern::{Pattern, SEPARATORS, Segment};

/// Whether a pattern takes a channel, told the slow way.
fn takes(pattern: &Pattern, channel: &str) -> bool {
    fn from(pattern: &Pattern, at: usize, channel: &str) -> bool {
        let last = at + 1 == pattern.segments.len();
        match &pattern.segments[at] {
            Segment::Any(_) if last => !channel.is_empty(),
            Segment::Fixed(fixed) if last => channel == fixed,
            segment => {
                let end = channel.find(SEPARATORS).unwrap_or(channel.len());
                let fits = match segment {
                    Segment::Fixed(fixed) => fixed == &channel[..end],
                    Segment::Any(_) => end > 0,
                };
                let mut behind = channel[end..].chars();
                fits && behind.next() == Some(pattern.separators[at]) && from(pattern, at + 1, behind.as_str())
            }
        }
    }
    from(pattern, 0, channel)
}

fn read(text: &str) -> Pattern {
    Pattern::read(text, SEPARATORS).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Everything of up to four characters of a small alphabet.
fn words(letters: &[char]) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut from = 0;
    for _ in 0..5 {
        let until = words.len();
        for at in from..until {
            for letter in letters {
                words.push(format!("{}{letter}", words[at]));
            }
        }
        from = until;
    }
    words
}

#[test]
fn two_patterns_are_compared_as_their_channels_are() {
    let patterns: Vec<(String, Pattern)> = words(&['a', '*', '.'])
        .into_iter()
        .filter_map(|text| Pattern::read(&text, SEPARATORS).ok().map(|pattern| (text, pattern)))
        .collect();
    // `x` is what no pattern names.
    let channels = words(&['a', 'x', '.', '/']);
    let taken: Vec<Vec<bool>> =
        patterns.iter().map(|(_, pattern)| channels.iter().map(|channel| takes(pattern, channel)).collect()).collect();
    assert!(patterns.len() > 30, "{}", patterns.len());
    for (i, (left, a)) in patterns.iter().enumerate() {
        for (j, (right, b)) in patterns.iter().enumerate() {
            let mut pairs = taken[i].iter().zip(&taken[j]);
            let covers = pairs.clone().all(|(a, b)| *a || !*b);
            assert_eq!(a.covers(b), covers, "`{left}` covers `{right}`");
            let crosses = pairs.any(|(a, b)| *a && *b);
            let shared = a.shared(b);
            // A channel that both take may be longer than those spelt out here.
            assert!(shared.is_some() || !crosses, "`{left}` meets `{right}`");
            if let Some(channel) = shared {
                assert!(
                    takes(a, &channel) && takes(b, &channel),
                    "`{left}` and `{right}` do not both take `{channel}`"
                );
            }
        }
    }
}

#[test]
fn a_pattern_is_segments_with_one_separator_between_each_two() {
    for (text, captures) in [
        ("*", vec![]),
        ("{all}", vec!["all"]),
        ("/market/ticker:{symbol}", vec!["symbol"]),
        ("{symbol}@trade", vec!["symbol"]),
        ("book.{instrument}.none.{depth}.*", vec!["instrument", "depth"]),
        ("a-b_c d", vec![]),
        ("{type}.{r}", vec!["type", "r"]),
    ] {
        assert_eq!(read(text).captures().collect::<Vec<_>>(), captures, "{text}");
    }
}

#[test]
fn a_slip_in_a_pattern_says_what_to_write() {
    for (text, message) in [
        ("", "a pattern is not empty; `*` alone takes every channel"),
        ("ticker.", "a pattern does not end with a separator; write `ticker.*` for what follows it"),
        ("a.**", "`*` stands for one segment, and the last one for one or more already: `**` is not needed"),
        (
            "tick*",
            "`*` stands for a whole segment, and `tick*` is more than that (`./@:` end a segment; `separator = \"..\"` says otherwise)",
        ),
        (
            "a.kline_{i}",
            "`{name}` stands for a whole segment, and `kline_{i}` is more than that (`./@:` end a segment; `separator = \"..\"` says otherwise)",
        ),
        ("a.{x", "a brace in `{x` has no partner"),
        ("a.x}", "a brace in `x}` has no partner"),
        ("{}", "`{}` needs the name of a field: `{symbol}`; `*` where none is meant"),
        ("{1x}", "`{1x}` cannot be the name of a field"),
        ("{*}", "`{*}` cannot be the name of a field"),
        ("{x}.{x}", "`{x}` stands twice in one pattern"),
    ] {
        assert_eq!(Pattern::read(text, SEPARATORS), Err(message.to_owned()), "{text}");
    }
}
