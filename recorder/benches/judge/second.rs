//! The generator that the detectors were not tuned on: other scenes, other ways to spoil them, other encodings.

use std::path::Path;

use liuhen_proto::judgement::FlagKind;

use super::clip::{Chance, Clip, Incident, arguments, footage, make, words};

/// Seconds of a clip with an incident.
const LENGTH: f64 = 55.0;
/// Seconds of a clip without one.
const LONG: f64 = 300.0;

/// What the camera sees and how it sends it: inputs of `ffmpeg`, and a chain that ends in `[s]`.
struct View {
    name: String,
    inputs: Vec<String>,
    chain: String,
    width: u32,
    height: u32,
    rate: String,
    encoder: Vec<String>,
}

pub(crate) struct Second<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) chance: Chance,
}

impl Second<'_> {
    /// Clips of each kind.
    pub(crate) fn clips(&mut self, of_each: usize) -> Vec<Clip> {
        (0..of_each).flat_map(|n| FlagKind::ALL.iter().map(move |&kind| (kind, n))).map(|(kind, n)| self.clip(kind, n)).collect()
    }

    fn clip(&mut self, kind: FlagKind, n: usize) -> Clip {
        let start = self.chance.between(14.0, 26.0);
        let incident = Incident { kind, start, end: start + self.chance.between(10.0, 20.0) };
        match kind {
            FlagKind::Silent | FlagKind::Clipped => self.sound(incident, n),
            FlagKind::LowResolution => self.low_resolution(incident, n),
            _ => self.picture(incident, n),
        }
    }

    fn view(&mut self, n: usize) -> View {
        let (width, height) = self.chance.of(&[(640, 360), (512, 288), (352, 288), (768, 432), (320, 240)]);
        let (rate, fps) = self.chance.of(&[("8", 8.0), ("25/2", 12.5), ("15", 15.0)]);
        let gop = (fps * self.chance.of(&[1.0, 1.6, 2.0])) as u32;
        let quality = self.chance.of(&[
            "-crf 20",
            "-crf 27",
            "-crf 31",
            "-b:v 250k -maxrate 350k -bufsize 500k",
            "-b:v 600k -maxrate 600k -bufsize 600k",
        ]);
        let encoder = match self.chance.of(&[0, 1, 2, 3]) {
            0 => format!(
                "-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint={gop}:min-keyint={gop}:pools=none:frame-threads=1 -tag:v hvc1 {quality}"
            ),
            1 => format!("-c:v libx264 -preset ultrafast -g {gop} {quality}"),
            2 => format!("-c:v libx264 -preset faster -profile:v main -bf 1 -g {gop} -keyint_min {gop} {quality}"),
            _ => format!("-c:v libx264 -preset superfast -bf 2 -g {gop} -sc_threshold 0 {quality}"),
        };
        let real = [
            "video/two-people-360p12-h265-gop8s-noaudio.mp4",
            "video/room-vfr-h264-gop100.mp4",
            "video/intel-head-pose-preview.gif",
        ];
        let offset = self.chance.between(0.0, 20.0);
        let found = (n % 4 < 3).then(|| footage(real[n % 4])).flatten();
        let (name, inputs, chain) = match found {
            Some(path) => {
                let scaled = format!(
                    "-stream_loop 20 -i {path} -t 60 -an -vf scale=800:450,fps=15 -c:v libx264 -preset veryfast -crf 15 -g 15"
                );
                let path = make(self.dir, &words(&scaled), "mp4");
                let inputs = words(&format!("-stream_loop -1 -ss {offset} -i {}", path.display()));
                (["two people", "room", "head"][n % 4], inputs, "[0:v]null[s]".to_owned())
            }
            None => {
                // Shelves behind a glass door, and a curtain that moves.
                let shelves = "smptehdbars=s=800x450:r=15,hue=s=0.3,drawgrid=w=57:h=41:t=2:c=0x101820[a];\
                    testsrc=s=140x300:r=15,hue=s=0.2,eq=contrast=0.6[b]";
                ("shelves", Vec::new(), format!("{shelves};[a][b]overlay=x='40+12*sin(t*0.9)':y=90[s]"))
            }
        };
        View {
            name: name.to_owned(),
            inputs,
            chain,
            width,
            height,
            rate: rate.to_owned(),
            encoder: words(&format!("{encoder} -threads 1 -fps_mode vfr")),
        }
    }

    fn picture(&mut self, incident: Incident, n: usize) -> Clip {
        let view = self.view(n);
        let Incident { kind, start, end } = incident;
        let on = format!("enable='between(t,{start},{end})'");
        let over = |other: &str| format!("split[x][y];[y]{other}[z];[x][z]overlay={on}");
        let noise = self.chance.of(&["noise=alls=2:allf=t+u", "noise=alls=4:allf=t", "noise=c0s=6:c0f=t"]);
        let (mut early, mut late) = ("null".to_owned(), String::new());
        match (kind, n % 3) {
            (FlagKind::Black, 0) => {
                late = format!(
                    ",drawbox=c=black:t=fill:{on},drawtext=text='NO SIGNAL':fontcolor=0xc0c0c0:fontsize=20:x=(w-tw)/2:y=h/2:{on}"
                )
            }
            (FlagKind::Black, 1) => early = format!("colorlevels=romax=0.03:gomax=0.03:bomax=0.03:{on}"),
            (FlagKind::Black, _) => early = format!("eq=brightness=-0.9:contrast=0.3:{on}"),
            (FlagKind::Frozen, 0 | 2) => {
                let fps: f64 = if view.rate == "25/2" { 12.5 } else { view.rate.parse().expect("a number") };
                let (first, last) = ((start * fps) as u32, (end * fps) as u32);
                late = format!(",split[x][y];[x][y]freezeframes=first={first}:last={last}:replace={first}");
            }
            (FlagKind::Frozen, _) => {
                // The sensor hangs, and goes on where it hung.
                late = format!(",setpts='if(gte(T,{start}),PTS+{}/TB,PTS)',fps={}", end - start, view.rate);
            }
            (FlagKind::Blurred, 0) => early = format!("boxblur={}:2:{on}", self.chance.of(&[7, 9, 12])),
            (FlagKind::Blurred, 1) => early = format!("avgblur=sizeX={0}:sizeY={0}:{on}", self.chance.of(&[10, 14])),
            (FlagKind::Blurred, _) => early = over("scale=64:36:flags=area,scale=800:450:flags=bicubic"),
            (FlagKind::Covered, 0) => {
                // A cloth that moves in the draught.
                let cloth = "gradients=s=800x450:c0=0x302018:c1=0x70584a:speed=0.02:r=15[c]";
                let left = self.chance.between(0.0, 80.0) as u32;
                early = format!("null[k];{cloth};[k][c]overlay=x={left}:shortest=1:{on}");
            }
            (FlagKind::Covered, 1) => early = format!("eq=contrast=0.04:brightness=-0.1:{on}"),
            (FlagKind::Covered, _) => early = over("scale=8:5:flags=area,scale=800:450:flags=bicubic,eq=brightness=-0.15"),
            (FlagKind::Moved, 0) => early = over(&format!("rotate={}:fillcolor=0x606060", self.chance.between(0.2, 0.5))),
            (FlagKind::Moved, 1) => early = over("hflip"),
            (FlagKind::Moved, _) => {
                early = over(&format!("scale=1360:765,crop=800:450:{}:100", self.chance.between(150.0, 400.0)))
            }
            (FlagKind::LowFrameRate, _) => {
                late = format!(",select='not(between(t,{start},{end}))+gte(t-prev_selected_t,{})'", self.chance.of(&[0.5, 0.9]));
            }
            _ => unreachable!("made elsewhere"),
        }
        let chain = self.finish(&view, &early, noise, &late, n);
        Clip {
            name: format!("{kind} {} in {}", n % 3, view.name),
            files: vec![arguments(&view.inputs, &chain, LENGTH, &view.encoder)],
            extension: "mp4",
            incidents: vec![incident],
            reference: true,
        }
    }

    /// What is before the lens, the sensor's noise, what is behind it, and the camera's own words.
    fn finish(&self, view: &View, early: &str, noise: &str, late: &str, n: usize) -> String {
        let View { chain, width, height, rate, .. } = view;
        let words = match n % 3 {
            0 => format!(
                ",drawtext=text='%{{pts\\:gmtime\\:1795338000}}':fontsize={}:fontcolor=white:box=1:boxcolor=black@0.6:x=w-tw-8:y=h-th-8",
                height / 20
            ),
            1 => format!(",drawtext=text='Room 301 CAM {n}':fontsize={}:fontcolor=0xffff80:x=8:y=h-th-8", height / 16),
            _ => String::new(),
        };
        format!(
            "{chain};[s]{early},fps={rate},scale={width}:{height},{noise}:all_seed={}{late}{words},format=yuv420p[o]",
            n + 700
        )
    }

    fn low_resolution(&mut self, incident: Incident, n: usize) -> Clip {
        let view = self.view(n);
        let small = self.chance.of(&["320:180", "176:144", "208:120"]);
        let mut files = Vec::new();
        for (length, size) in [(incident.start, "704:396"), (incident.end - incident.start, small), (14.0, "704:396")] {
            let chain = format!("{};[s]fps={},scale={size},format=yuv420p[o]", view.chain, view.rate);
            files.push(arguments(&view.inputs, &chain, length, &view.encoder));
        }
        let name = format!("{} in {}", incident.kind, view.name);
        Clip { name, files, extension: "mp4", incidents: vec![incident], reference: false }
    }

    /// Speech as a microphone hears it, without its own noise: ends in `[s]`.
    fn voice(&mut self, n: usize) -> (Vec<String>, String) {
        let real = ["audio/whisper-jfk.flac", "audio/librosa-198-209-0000.hq.ogg", "audio/librosa-3436-172162-0000.hq.ogg"];
        match footage(real[n % 3]) {
            Some(path) => (
                words(&format!("-stream_loop -1 -i {path}")),
                "[0:a]aformat=sample_rates=32000:channel_layouts=mono[s]".to_owned(),
            ),
            None => {
                let voice = "0.25*sin(2*PI*(140+20*sin(t))*t)*(0.3+abs(sin(2*PI*1.7*t)))*gt(sin(t*0.7),-0.5)";
                (Vec::new(), format!("aevalsrc=exprs='{voice}':s=32000:c=mono[s]"))
            }
        }
    }

    fn sound(&mut self, incident: Incident, n: usize) -> Clip {
        let Incident { kind, start, end } = incident;
        let (inputs, voice) = self.voice(n);
        let on = format!("enable='between(t,{start},{end})'");
        let hiss = |decibels: f64| format!("anoisesrc=r=32000:a={:.7}:c=white:s={}", 10_f64.powf(decibels / 20.0) * 1.7, n + 3);
        let chain = if kind == FlagKind::Silent {
            // The microphone is cut before the amplifier, whose hiss stays; or after it.
            let (room, amplifier) = (hiss(-56.0), hiss(if n.is_multiple_of(2) { -80.0 } else { -110.0 }));
            format!(
                "{voice};{room}[r];{amplifier}[a];[s][r]amix=inputs=2:normalize=0,volume=0:{on}[m];[m][a]amix=inputs=2:normalize=0"
            )
        } else {
            let gain = self.chance.between(22.0, 36.0);
            let room = hiss(-62.0);
            format!(
                "{voice};{room}[r];[s][r]amix=inputs=2:normalize=0,acompressor=threshold=0.1:ratio=2,volume={gain}dB:precision=float:{on}"
            )
        };
        let (extension, encoder) = sound_encoder(n);
        // Both channels as loud as the one was: FFmpeg would make them 3 dB lower, and clipped sound would not look it.
        let stereo = if n.is_multiple_of(3) { ",pan=stereo|c0=c0|c1=c0" } else { "" };
        let files = vec![arguments(&inputs, &format!("{chain},aformat=sample_fmts=s16{stereo}[o]"), LENGTH, &encoder)];
        Clip { name: format!("{kind}, {extension}"), files, extension, incidents: vec![incident], reference: false }
    }

    /// An hour of pictures that only look wrong, and twenty minutes of such sound.
    pub(crate) fn negatives(&mut self) -> Vec<Clip> {
        let pictures: Vec<_> = (0..12).map(|n| self.negative_picture(n)).collect();
        let sounds: Vec<_> = (0..4).map(|n| self.negative_sound(n)).collect();
        pictures.into_iter().chain(sounds).chain((0..4).map(|n| self.comes_to_rest(n))).collect()
    }

    /// Who moved sits still or has gone, and the encoder has bits to spare: nearest to a frozen picture.
    fn comes_to_rest(&mut self, n: usize) -> Clip {
        let mut view = self.view(n);
        let held = ["-b:v 250k -maxrate 350k -bufsize 500k", "-b:v 600k -maxrate 600k -bufsize 600k"][n / 2 % 2];
        if let Some(at) = view.encoder.iter().position(|word| word == "-crf").filter(|_| n.is_multiple_of(2)) {
            view.encoder.splice(at..at + 2, words(held));
        }
        let noise = self.chance.of(&["noise=alls=2:allf=t+u", "noise=alls=3:allf=t", "noise=c0s=5:c0f=t"]);
        let chain = self.finish(&view, "select='lt(mod(t,30),13)',fps=15", noise, "", n);
        let files = vec![arguments(&view.inputs, &chain, LONG, &view.encoder)];
        let name = format!("comes to rest: {}", view.name);
        Clip { name, files, extension: "mp4", incidents: Vec::new(), reference: true }
    }

    fn negative_picture(&mut self, n: usize) -> Clip {
        let mut view = self.view(n / 2);
        let still = "select='eq(n,7)',loop=-1:1:0,setpts=N/15/TB";
        let (name, early, noise) = match n % 4 {
            0 => (
                "noise over a still scene",
                still.to_owned(),
                self.chance.of(&["noise=alls=7:allf=t+u", "noise=alls=3:allf=t", "noise=alls=12:allf=t"]),
            ),
            1 => {
                let depth = self.chance.between(0.2, 0.3);
                let light = format!("eq=brightness='-{depth}*gt(mod(t,70),35)-0.05*sin(t/9)':contrast=0.7:eval=frame");
                ("dimmed light", light, "noise=alls=5:allf=t")
            }
            2 => {
                view.rate = "1".to_owned();
                let gop = self.chance.of(&[1, 2, 3]);
                view.encoder = words(&format!("-c:v libx264 -preset faster -bf 0 -g {gop} -crf 24 -threads 1"));
                ("1 fps", "null".to_owned(), "noise=alls=3:allf=t")
            }
            _ => {
                let sways = "split[a][b];[b]crop=260:300:280:120,rotate=0.012*sin(t*0.8)[c];[a][c]overlay=280:120";
                ("a person sitting still", format!("{still},{sways}"), "noise=alls=3:allf=t+u")
            }
        };
        let chain = self.finish(&view, &early, noise, "", n);
        let files = vec![arguments(&view.inputs, &chain, LONG, &view.encoder)];
        Clip { name: format!("{name}: {}", view.name), files, extension: "mp4", incidents: Vec::new(), reference: true }
    }

    fn negative_sound(&mut self, n: usize) -> Clip {
        let room = |decibels: f64| format!("anoisesrc=r=32000:a={:.7}:c=brown:s={}", 10_f64.powf(decibels / 20.0) * 3.0, n + 20);
        let (inputs, chain) = if n < 2 {
            let level = self.chance.between(-58.0, -50.0);
            (Vec::new(), format!("{},aformat=sample_fmts=s16:channel_layouts=mono[o]", room(level)))
        } else {
            let (inputs, voice) = self.voice(n);
            (
                inputs,
                format!("{voice};{}[r];[s][r]amix=inputs=2:normalize=0:duration=first,aformat=sample_fmts=s16[o]", room(-50.0)),
            )
        };
        let (extension, encoder) = sound_encoder(n);
        let name = if n < 2 { "quiet room" } else { "speech" };
        let files = vec![arguments(&inputs, &chain, LONG, &encoder)];
        Clip { name: name.to_owned(), files, extension, incidents: Vec::new(), reference: false }
    }
}

fn sound_encoder(n: usize) -> (&'static str, Vec<String>) {
    match n % 3 {
        0 => ("mp4", words("-c:a aac -b:a 64k -ar 44100")),
        1 => ("alaw", words("-ar 8000 -ac 1 -f alaw")),
        _ => ("mp4", words("-c:a aac -b:a 24k -ac 1 -ar 16000")),
    }
}
