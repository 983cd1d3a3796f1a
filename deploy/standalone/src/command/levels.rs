//! `liuhen levels`: how loud the sound of a stream was. Derived data, marked as no evidence.

use anyhow::Result;
use liuhen_proto::wire::review::v1 as pb;
use liuhen_proto::{Interval, Span};
use serde_json::{Value, json};

use super::{Voice, interval};
use crate::arguments::Levels;
use crate::client::{Client, refused};
use crate::moment::show_span;
use crate::say::sayln;

/// About so many lines are printed, whatever the length.
const LINES: i64 = 60;
/// One level in microseconds.
const LEVEL_US: i64 = 100_000;
/// The byte that stands for silence.
const SILENCE: u8 = 255;

pub(crate) async fn run(arguments: &Levels, voice: Voice) -> Result<()> {
    let asked = interval(&arguments.span)?;
    let mut client = Client::connect(&arguments.remote).await?;
    let request = pb::GetSoundLevelsRequest {
        stream_id: arguments.stream.clone(),
        interval: Some(asked.into()),
        purpose: arguments.purpose.purpose.clone(),
    };
    let answer = client.review.get_sound_levels(request).await.map_err(|status| refused(&status, voice.language))?;
    let stretches = answer.into_inner().levels;
    if voice.json {
        let levels: Vec<_> = stretches.iter().map(as_json).collect();
        voice.line(&json!({ "levels": levels, "level_us": LEVEL_US, "evidence": false }));
        return Ok(());
    }
    let step = step(asked);
    let (loud, peak) = (voice.pick("最响", "loudest"), voice.pick("峰值", "peak"));
    for line in lines(&stretches, asked, step) {
        let when = arguments.span.times.zone.show(line.at);
        sayln!("{when}  {loud} {}  {peak} {}  {}", decibels(line.rms), decibels(line.peak), bar(line.rms));
    }
    let each = voice.pick("每行", "a line is");
    sayln!("{each} {}; {}", show_span(step), voice.pick("dBFS，衍生数据，非证据", "dBFS, derived data, no evidence"));
    Ok(())
}

/// Whole seconds, so that there are about [`LINES`].
fn step(asked: Interval) -> Span {
    let seconds = asked.span().as_micros().div_euclid(LINES * 1_000_000) + 1;
    Span::from_micros(seconds * 1_000_000)
}

/// The loudest of a stretch.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    at: liuhen_proto::Timestamp,
    rms: u8,
    peak: u8,
}

/// The loudest level of each step of the interval that has any.
fn lines(stretches: &[pb::SoundLevels], asked: Interval, step: Span) -> Vec<Line> {
    let mut loudest = std::collections::BTreeMap::<i64, (u8, u8)>::new();
    for stretch in stretches {
        let levels = stretch.rms.iter().zip(&stretch.peak);
        for (place, (&rms, &peak)) in (0i64..).zip(levels) {
            let since = stretch.start_us.saturating_add(place * LEVEL_US).saturating_sub(asked.start().as_micros());
            let line = loudest.entry(since.div_euclid(step.as_micros())).or_insert((SILENCE, SILENCE));
            // Fewer decibels below full scale are louder.
            *line = (line.0.min(rms), line.1.min(peak));
        }
    }
    let at = |line: i64| super::at(asked.start().as_micros().saturating_add(line.saturating_mul(step.as_micros())));
    loudest.into_iter().map(|(line, (rms, peak))| Line { at: at(line), rms, peak }).collect()
}

fn decibels(level: u8) -> String {
    match level {
        SILENCE => "    -∞".to_owned(),
        level => format!("{:6.1}", -f64::from(level) / 2.0),
    }
}

/// 60 dB below full scale is nothing to see.
fn bar(level: u8) -> String {
    "▇".repeat(usize::from(120u8.saturating_sub(level)) / 4)
}

fn as_json(stretch: &pb::SoundLevels) -> Value {
    let decibels = |levels: &[u8]| -> Value {
        let one = |&level: &u8| if level == SILENCE { Value::Null } else { json!(-f64::from(level) / 2.0) };
        levels.iter().map(one).collect()
    };
    json!({
        "run_id": stretch.run_id,
        "start_us": stretch.start_us,
        "rms_dbfs": decibels(&stretch.rms),
        "peak_dbfs": decibels(&stretch.peak),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use liuhen_proto::Timestamp;

    #[test]
    fn each_line_tells_the_loudest_of_its_time() {
        let start = 1_795_309_200_000_000;
        let asked = Interval::new(Timestamp::from_micros(start), Timestamp::from_micros(start + 120_000_000)).unwrap();
        assert_eq!(step(asked), Span::from_secs(3));
        let mut rms = vec![SILENCE; 40];
        (rms[5], rms[35]) = (60, 40);
        let stretch = pb::SoundLevels { run_id: String::new(), start_us: start, peak: rms.clone(), rms };
        let at = |seconds: i64| Timestamp::from_micros(start + seconds * 1_000_000);
        let expected = [Line { at: at(0), rms: 60, peak: 60 }, Line { at: at(3), rms: 40, peak: 40 }];
        assert_eq!(lines(&[stretch], asked, step(asked)), expected);
        assert_eq!((decibels(40).as_str(), decibels(SILENCE).as_str(), bar(40).chars().count()), (" -20.0", "    -∞", 20));
    }
}
