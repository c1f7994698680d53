//! Words of the network, made fit for a log: one line, without what would control a terminal, of bounded length.

use std::fmt::{self, Debug, Display, Write};

/// Bytes of one text in a log line.
const LINE: usize = 512;

/// Shows what it holds on one line: escaped, and cut after [`LINE`] bytes.
pub(crate) struct Printable<T>(pub(crate) T);

impl<T: Display> Display for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        cut(f, |line| write!(line, "{}", self.0))
    }
}

impl<T: Debug> Debug for Printable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        cut(f, |line| write!(line, "{:?}", self.0))
    }
}

fn cut(f: &mut fmt::Formatter<'_>, show: impl FnOnce(&mut Line<'_, '_>) -> fmt::Result) -> fmt::Result {
    let mut line = Line { f, left: LINE, failed: false };
    match show(&mut line) {
        Err(fmt::Error) if line.failed => Err(fmt::Error),
        // The writer has refused to go on: it is full.
        Err(fmt::Error) => f.write_str("…"),
        Ok(()) => Ok(()),
    }
}

struct Line<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    left: usize,
    failed: bool,
}

impl Write for Line<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            if letter.len_utf8() > self.left {
                return Err(fmt::Error);
            }
            self.left -= letter.len_utf8();
            let written = if is_printable(letter) {
                self.f.write_char(letter)
            } else {
                write!(self.f, "{}", letter.escape_default())
            };
            written.inspect_err(|_| self.failed = true)?;
        }
        Ok(())
    }
}

/// Whether a terminal shows a letter in its place: what controls it, breaks its lines or turns its direction is shown by its number.
fn is_printable(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r076_what_would_control_a_terminal_is_shown_by_its_number() {
        let hostile = "\u{1b}[31mred\r\nINFO forged\u{7}\u{202e}evil\u{2028}";
        let shown = Printable(hostile).to_string();
        assert_eq!(shown, r"\u{1b}[31mred\r\nINFO forged\u{7}\u{202e}evil\u{2028}");
        assert_eq!(Printable("žlutý 🦀").to_string(), "žlutý 🦀", "what is only foreign stays");
    }

    #[test]
    fn r076_megabytes_become_one_short_line_of_whole_letters() {
        let long = "ž".repeat(5 * 1024 * 1024);
        for shown in [Printable(&long).to_string(), format!("{:?}", Printable(&long))] {
            assert!(shown.len() <= LINE + "…".len() && shown.ends_with('…'), "{} bytes", shown.len());
        }
        let just = "x".repeat(LINE);
        assert_eq!(Printable(&just).to_string(), just);
    }
}
