//! A series against its threshold, in characters.
//!
//! A sample is drawn until the next one where that comes within so many steps, as
//! policies count it; what nothing speaks for is shaded and marked, never joined up.

use crate::clock::Timestamp;

/// How many steps a sample holds at most, as `policies/lib` has it: one missed scrape is
/// forgiven, two are not.
pub const HOLD_STEPS: f64 = 2.5;

/// Characters left of the plot.
const MARGIN: usize = 11;

/// Characters to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Braille dots, eight to a character.
    Unicode,
    /// ASCII alone.
    Ascii,
}

/// What to draw.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Unix milliseconds and value, ascending; infinite values are drawn at the edge.
    pub samples: Vec<(i64, f64)>,
    /// The line that must not be crossed.
    pub threshold: f64,
    /// First instant, in Unix milliseconds.
    pub from_ms: i64,
    /// Last instant, in Unix milliseconds.
    pub to_ms: i64,
    /// Declared distance of samples, in seconds.
    pub step_s: f64,
    /// How many steps a sample holds at most; [`HOLD_STEPS`] where nothing says otherwise.
    pub hold_steps: f64,
}

/// A time for which one value speaks.
struct Held {
    from_ms: i64,
    to_ms: i64,
    value: f64,
}

impl Series {
    /// Returns what is known within the window, in order.
    fn held(&self) -> Vec<Held> {
        let hold_ms = self.step_s * 1_000.0 * self.hold_steps;
        let step_ms = whole(self.step_s * 1_000.0);
        let next = self.samples.iter().skip(1).map(Some).chain([None]);
        self.samples
            .iter()
            .zip(next)
            .map(|(&(at, value), next)| {
                let until = match next {
                    Some(&(next, _)) if real(next - at) <= hold_ms => next,
                    // The sample itself was seen, what follows was not.
                    Some(_) => at,
                    None => at.saturating_add(step_ms),
                };
                Held {
                    from_ms: at.max(self.from_ms),
                    to_ms: until.min(self.to_ms),
                    value,
                }
            })
            .filter(|held| held.from_ms <= held.to_ms && held.from_ms <= self.to_ms)
            .collect()
    }

    /// Returns the times within the window for which nothing speaks, in Unix milliseconds.
    pub fn gaps(&self) -> Vec<(i64, i64)> {
        let mut gaps = Vec::new();
        let mut known_to = self.from_ms;
        for held in self.held() {
            if held.from_ms > known_to {
                gaps.push((known_to, held.from_ms));
            }
            known_to = known_to.max(held.to_ms);
        }
        if known_to < self.to_ms {
            gaps.push((known_to, self.to_ms));
        }
        gaps
    }
}

/// A grid of dots, `across` by `down` to a character.
struct Canvas {
    style: Style,
    columns: usize,
    rows: usize,
    cells: Vec<u8>,
}

impl Canvas {
    fn new(style: Style, columns: usize, rows: usize) -> Self {
        Self {
            style,
            columns,
            rows,
            cells: vec![0; columns * rows],
        }
    }

    const fn across(&self) -> usize {
        match self.style {
            Style::Unicode => 2,
            Style::Ascii => 1,
        }
    }

    const fn down(&self) -> usize {
        match self.style {
            Style::Unicode => 4,
            Style::Ascii => 1,
        }
    }

    /// Sets one dot, counted from the top left.
    fn dot(&mut self, x: usize, y: usize) {
        let bit = match (self.style, y % 4, x % 2) {
            (Style::Ascii, _, _) | (Style::Unicode, 0, 0) => 0x01,
            (_, 1, 0) => 0x02,
            (_, 2, 0) => 0x04,
            (_, 0, _) => 0x08,
            (_, 1, _) => 0x10,
            (_, 2, _) => 0x20,
            (_, _, 0) => 0x40,
            _ => 0x80,
        };
        let (column, row) = (x / self.across(), y / self.down());
        if column < self.columns
            && let Some(cell) = self.cells.get_mut(row * self.columns + column)
        {
            *cell |= bit;
        }
    }

    fn glyph(&self, column: usize, row: usize) -> Option<char> {
        let cell = *self.cells.get(row * self.columns + column)?;
        match (cell, self.style) {
            (0, _) => None,
            (_, Style::Ascii) => Some('*'),
            (dots, Style::Unicode) => char::from_u32(0x2800 + u32::from(dots)),
        }
    }
}

/// Draws `series` in `width` by `height` characters and two lines below; nothing where the
/// window has no length.
pub fn plot(series: &Series, style: Style, width: usize, height: usize) -> Vec<String> {
    let columns = width.saturating_sub(MARGIN).max(1);
    let rows = height.max(3);
    if series.to_ms <= series.from_ms || series.step_s.is_nan() || series.step_s <= 0.0 {
        return Vec::new();
    }
    let held = series.held();
    let (low, high) = range(&held, series.threshold);
    let mut canvas = Canvas::new(style, columns, rows);
    let (dots_x, dots_y) = (columns * canvas.across(), rows * canvas.down());
    let y_of = |value: f64| {
        let share = ((high - value) / (high - low)).clamp(0.0, 1.0);
        index(share * real_of(dots_y - 1), dots_y)
    };
    let x_of = |at_ms: i64| {
        let share = real(at_ms - series.from_ms) / real(series.to_ms - series.from_ms);
        index(share * real_of(dots_x), dots_x)
    };
    let mut last: Option<(usize, usize)> = None;
    for held in &held {
        let (left, right, y) = (x_of(held.from_ms), x_of(held.to_ms), y_of(held.value));
        for x in left..=right {
            canvas.dot(x, y);
        }
        // A step where one value follows the other without a gap.
        if let Some((end, before)) = last.filter(|(end, _)| *end == left) {
            for step in before.min(y)..=before.max(y) {
                canvas.dot(end, step);
            }
        }
        last = Some((right, y));
    }
    let unknown = unknown(series, columns);
    let line = y_of(series.threshold) / canvas.down();
    drawn(&canvas, &unknown, line, (low, high), series)
}

/// Returns, for each column, how much of its time nothing speaks for, 0 to 1.
fn unknown(series: &Series, columns: usize) -> Vec<f64> {
    let width_ms = real(series.to_ms - series.from_ms) / real_of(columns);
    let gaps = series.gaps();
    (0..columns)
        .map(|column| {
            let from = real(series.from_ms) + width_ms * real_of(column);
            let to = from + width_ms;
            let hidden: f64 = gaps
                .iter()
                .map(|(start, end)| (real(*end).min(to) - real(*start).max(from)).max(0.0))
                .sum();
            hidden / width_ms
        })
        .collect()
}

fn range(held: &[Held], threshold: f64) -> (f64, f64) {
    let finite = held.iter().map(|held| held.value).filter(|v| v.is_finite());
    let (low, high) = finite.fold((threshold, threshold), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let space = if high > low { (high - low) * 0.05 } else { 1.0 };
    (low - space, high + space)
}

fn drawn(
    canvas: &Canvas,
    unknown: &[f64],
    line: usize,
    (low, high): (f64, f64),
    series: &Series,
) -> Vec<String> {
    let (bar, rule, shade) = match canvas.style {
        Style::Unicode => ('│', '─', '░'),
        Style::Ascii => ('|', '-', '?'),
    };
    let mut lines = Vec::new();
    for row in 0..canvas.rows {
        let label = match row {
            _ if row == line => number(series.threshold),
            0 => number(high),
            _ if row + 1 == canvas.rows => number(low),
            _ => String::new(),
        };
        let cells = unknown.iter().enumerate().map(|(column, unknown)| {
            canvas.glyph(column, row).unwrap_or(match row {
                _ if *unknown > 0.99 => shade,
                _ if row == line => rule,
                _ => ' ',
            })
        });
        let cells: String = cells.collect();
        lines.push(format!("{label:>9} {bar}{}", cells.trim_end()));
    }
    if unknown.iter().any(|unknown| *unknown > 0.0) {
        let marks = unknown.iter().map(|u| if *u > 0.0 { '?' } else { ' ' });
        let marks: String = marks.collect();
        lines.push(format!("{:>9}  {}", "gaps", marks.trim_end()));
    }
    let (from, to) = (instant(series.from_ms), instant(series.to_ms));
    let space = canvas.columns.saturating_sub(from.len() + to.len());
    lines.push(format!("{:>9}  {from}{}{to}", "", " ".repeat(space)));
    lines
}

/// Returns an instant to the minute, in UTC.
pub fn instant(at_ms: i64) -> String {
    Timestamp::from_unix_seconds(at_ms.div_euclid(1_000)).map_or_else(
        || at_ms.to_string(),
        |at| format!("{} {}", at.date(), at.time_of_day()),
    )
}

/// Returns a number with as many digits as people read.
pub fn number(value: f64) -> String {
    if value.abs() >= 1e8 {
        return format!("{value:.2e}");
    }
    let digits = match value.abs() {
        size if size >= 1_000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        let short = text.trim_end_matches('0').trim_end_matches('.');
        return if short == "-0" {
            "0".into()
        } else {
            short.to_owned()
        };
    }
    text
}

#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds of a drawing: a rounding error moves no dot"
)]
const fn real(number: i64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_precision_loss,
    reason = "columns and rows of a drawing are small"
)]
const fn real_of(number: usize) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds of a drawing; the cast saturates"
)]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// Returns the place that `position` has among `count`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the drawing first"
)]
fn index(position: f64, count: usize) -> usize {
    let last = count.saturating_sub(1);
    position.round().clamp(0.0, real_of(last)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sample a minute for two hours; 100, and 140 from minute 30 to 75.
    fn breach() -> Series {
        let value = |minute| {
            if (30..75).contains(&minute) {
                140.0
            } else {
                100.0
            }
        };
        Series {
            samples: (0..120).map(|m| (m * 60_000, value(m))).collect(),
            threshold: 120.0,
            from_ms: 0,
            to_ms: 7_200_000,
            step_s: 60.0,
            hold_steps: HOLD_STEPS,
        }
    }

    #[test]
    fn a_breach_stands_above_the_line() {
        let lines = plot(&breach(), Style::Ascii, 71, 7);
        assert_eq!(
            lines.join("\n"),
            "      142 |               ************************
          |               *                      *
          |               *                      *
      120 |---------------*----------------------*---------------------
          |               *                      *
          |               *                      *
       98 |****************                      **********************
           1970-01-01 00:00                            1970-01-01 02:00"
        );
    }

    #[test]
    fn a_gap_is_shaded_and_marked_and_one_missed_scrape_is_not() {
        let mut series = breach();
        series.samples.retain(|(at, _)| *at != 40 * 60_000);
        assert_eq!(series.gaps(), []);
        // Four minutes without a sample: unknown from the last one on.
        series
            .samples
            .retain(|(at, _)| !(50 * 60_000..54 * 60_000).contains(at));
        assert_eq!(series.gaps(), [(49 * 60_000, 54 * 60_000)]);
        let lines = plot(&series, Style::Unicode, 71, 7);
        assert!(lines.iter().any(|line| line.contains('░')), "{lines:#?}");
        let marks = lines.iter().find(|line| line.contains("gaps")).unwrap();
        assert!(marks.matches('?').count() >= 2, "{marks}");
        assert!(lines.iter().all(|line| line.chars().count() <= 71));
    }

    #[test]
    fn what_nobody_observed_at_either_end_is_a_gap() {
        let mut series = breach();
        series.from_ms = -600_000;
        series.to_ms = 9_000_000;
        assert_eq!(series.gaps(), [(-600_000, 0), (7_200_000, 9_000_000)]);
        series.samples.clear();
        assert_eq!(series.gaps(), [(-600_000, 9_000_000)]);
        let lines = plot(&series, Style::Ascii, 40, 5);
        assert!(lines[0].contains("????"), "{lines:#?}");
    }

    #[test]
    fn odd_numbers_draw_or_do_not_and_never_panic() {
        for (value, threshold) in [
            (f64::INFINITY, 1.0),
            (f64::NEG_INFINITY, 1.0),
            (5.0, 5.0),
            (1e300, -1e300),
        ] {
            let series = Series {
                samples: vec![(0, value), (1_000, value)],
                threshold,
                from_ms: 0,
                to_ms: 2_000,
                step_s: 1.0,
                hold_steps: HOLD_STEPS,
            };
            for style in [Style::Unicode, Style::Ascii] {
                assert!(plot(&series, style, 0, 0).len() >= 4);
                let lines = plot(&series, style, 60, 6);
                assert!(lines.iter().all(|line| line.chars().count() <= 60));
            }
        }
        let mut series = breach();
        for step_s in [0.0, -1.0, f64::NAN] {
            series.step_s = step_s;
            assert!(plot(&series, Style::Ascii, 60, 6).is_empty());
        }
        series.to_ms = series.from_ms;
        series.step_s = 1.0;
        assert!(plot(&series, Style::Ascii, 60, 6).is_empty());
    }

    #[test]
    fn numbers_have_the_digits_that_people_read() {
        for (value, text) in [
            (120.0, "120"),
            (107.25, "107.2"),
            (0.935, "0.935"),
            (12_345.6, "12346"),
            (-0.00001, "0"),
            (5.5, "5.5"),
            (-1.5e300, "-1.50e300"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
