//! The ratios as a picture: a bar each, with what it must be and the aim.

use std::fmt::Write as _;

use crate::report::Row;

const WIDTH: f64 = 820.0;
const LEFT: f64 = 330.0;
const STEP: f64 = 30.0;

/// An SVG of one bar a row. Each has a scale of its own, on which what must be is at one place: else one large ratio would make dots
/// of all others.
pub fn draw(rows: &[Row]) -> String {
    let count = f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    let height = STEP * (count + 2.0);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">
<rect width="{WIDTH}" height="{height}" fill="white"/>
<text x="10" y="20">nova's cost by that of the other; | is what it must be, ¦ the aim</text>
"#
    );
    let must_at = LEFT + 250.0;
    let mut y = STEP * 1.5;
    for row in rows {
        let Some((must, aim)) = row.marks else { continue };
        let x = |value: f64| (LEFT + value / must * 250.0).min(WIDTH - 60.0);
        let colour = match row.verdict.as_str() {
            "aim" => "#2a7",
            "met" => "#69c",
            "MISSED" => "#c53",
            _ => "#aaa",
        };
        // A `String` takes all that is written to it.
        let _ = write!(
            svg,
            r##"<text x="10" y="{text}">{what}</text>
<rect x="{LEFT}" y="{y}" width="{width:.1}" height="16" fill="{colour}"/>
<path d="M{must_at} {y}v18" stroke="#000"/><path d="M{aim:.1} {y}v18" stroke="#000" stroke-dasharray="3"/>
<text x="{end:.1}" y="{text}">{ratio:.2}</text>
"##,
            text = y + 13.0,
            what = row.what.replace('&', "&amp;").replace('<', "&lt;"),
            width = x(row.ratio) - LEFT,
            aim = x(aim),
            end = x(row.ratio).max(must_at) + 6.0,
            ratio = row.ratio,
        );
        y += STEP;
    }
    svg + "</svg>\n"
}
