//! The generator that the detectors were tuned on: filters of `ffmpeg` that switch on and off.

use std::path::Path;

use liuhen_proto::judgement::FlagKind;

use super::clip::{Chance, Clip, Incident, arguments, footage, make, words};

/// Seconds of a clip with an incident.
const LENGTH: f64 = 50.0;

/// Something to look at: inputs of `ffmpeg`, and a chain that ends in `[s]`.
#[derive(Clone)]
struct Scene {
    name: &'static str,
    inputs: Vec<String>,
    chain: String,
}

/// How it is sent.
struct Shape {
    size: (u32, u32),
    fps: u32,
    encoder: Vec<String>,
}

pub(crate) struct Tuning<'a> {
    pub(crate) dir: &'a Path,
    pub(crate) chance: Chance,
    /// Seconds of a clip without an incident.
    pub(crate) long: f64,
}

impl Tuning<'_> {
    /// Clips of each kind.
    pub(crate) fn clips(&mut self, of_each: usize) -> Vec<Clip> {
        FlagKind::ALL.iter().flat_map(|&kind| (0..of_each).map(move |n| (kind, n))).map(|(kind, n)| self.clip(kind, n)).collect()
    }

    /// One clip with an incident.
    pub(crate) fn clip(&mut self, kind: FlagKind, n: usize) -> Clip {
        let start = self.chance.between(12.0, 22.0);
        let end = start + self.chance.between(10.0, 22.0);
        let incident = Incident { kind, start, end };
        match kind {
            FlagKind::Silent | FlagKind::Clipped => self.sound(incident, n),
            FlagKind::LowResolution => self.low_resolution(incident),
            _ => self.picture(incident, n),
        }
    }

    fn scene(&mut self, n: usize) -> Scene {
        let offset = self.chance.between(0.0, 30.0);
        let real = ["video/exam-room-speech-h264-bframes-aac.mp4", "video/classroom-720p15-h264bp-gop2s-pcma.mkv"];
        if let Some(path) = (n % 3 < 2).then(|| footage(real[n % 3])).flatten() {
            let scaled = format!("-i {path} -an -vf scale=640:360,fps=10 -c:v libx264 -preset veryfast -crf 14 -g 10");
            let path = make(self.dir, &words(&scaled), "mp4");
            let inputs = words(&format!("-stream_loop -1 -ss {offset} -i {}", path.display()));
            return Scene { name: ["exam room", "classroom"][n % 3], inputs, chain: "[0:v]null[s]".to_owned() };
        }
        // A hall of desks with somebody who sways.
        let phase = self.chance.between(1.0, 4.0);
        let desks = "color=c=0x9aa0a0:s=640x360:r=10,drawgrid=w=80:h=60:t=3:c=0x303438,drawbox=x=0:y=0:w=640:h=70:c=0xc8c8c0:t=fill,\
            drawbox=x=60:y=20:w=90:h=45:c=0x204020:t=fill,drawbox=x=400:y=10:w=60:h=55:c=0x705030:t=fill,gblur=sigma=0.7[d];\
            color=c=0x503830:s=60x110:r=10,drawbox=x=15:y=0:w=30:h=35:c=0xd0a080:t=fill[p]";
        let chain = format!("{desks};[d][p]overlay=x='300+25*sin(t/{phase})':y='150+4*sin(t*1.3)'[s]");
        Scene { name: "drawn hall", inputs: Vec::new(), chain }
    }

    fn shape(&mut self) -> Shape {
        let size = self.chance.of(&[(640, 360), (480, 270), (426, 240)]);
        let fps = self.chance.of(&[10, 12]);
        let gop = fps * self.chance.of(&[1, 2, 2]);
        let crf = self.chance.of(&[22, 25, 28]);
        let encoder = format!(
            "-c:v libx264 -preset veryfast -crf {crf} -g {gop} -keyint_min {gop} -sc_threshold 0 -bf 0 -threads 1 -fps_mode vfr"
        );
        Shape { size, fps, encoder: words(&encoder) }
    }

    fn picture(&mut self, incident: Incident, n: usize) -> Clip {
        let (scene, shape) = (self.scene(n), self.shape());
        let Incident { kind, start, end } = incident;
        let on = format!("enable='between(t,{start},{end})'");
        let noise = format!("noise=alls={}:allf=t:all_seed={}", self.chance.of(&[2, 3, 5]), n + 1);
        let mut late = String::new();
        let mut early = "null".to_owned();
        match kind {
            FlagKind::Black if n.is_multiple_of(2) => late = format!(",lutyuv=y=16:u=128:v=128:{on}"),
            FlagKind::Black => early = format!("lutyuv=y='16+(val-16)*0.02':u=128:v=128:{on}"),
            FlagKind::Frozen => late = format!(",select='not(between(t,{start},{end}))',fps={}", shape.fps),
            FlagKind::Blurred => early = format!("gblur=sigma={}:{on}", self.chance.between(5.0, 9.0)),
            FlagKind::Covered if n.is_multiple_of(2) => {
                early = format!(
                    "drawbox=x=0:y=0:w=iw:h=ih*{}:c={}:t=fill:{on}",
                    self.chance.between(0.85, 1.0),
                    self.chance.of(&["0x604030", "0x303030", "0xb0a8a0"])
                );
            }
            FlagKind::Covered => {
                early = format!("gblur=sigma=40:{on},lutyuv=y='val*{}':{on}", self.chance.between(0.4, 0.8));
            }
            FlagKind::Moved => {
                let (x, y) = (self.chance.between(70.0, 140.0), self.chance.between(0.0, 70.0));
                early = format!(
                    "scale=800:450,crop=640:360:x='if(between(t,{start},{end}),{x},0)':y='if(between(t,{start},{end}),{y},0)'"
                );
            }
            FlagKind::LowFrameRate => {
                late = format!(",select='not(between(t,{start},{end}))+not(mod(n,{}))'", shape.fps / 2);
            }
            _ => unreachable!("made elsewhere"),
        }
        let clock = if n.is_multiple_of(2) { clock(shape.size.1) } else { String::new() };
        let (width, height) = shape.size;
        let chain =
            format!("{};[s]{early},fps={},scale={width}:{height},{noise}{late}{clock},format=yuv420p[o]", scene.chain, shape.fps);
        Clip {
            name: format!("{kind} in {}", scene.name),
            files: vec![arguments(&scene.inputs, &chain, LENGTH, &shape.encoder)],
            extension: "mp4",
            incidents: vec![incident],
            reference: true,
        }
    }

    fn low_resolution(&mut self, incident: Incident) -> Clip {
        let scene = self.scene(0);
        let mut files = Vec::new();
        for (length, size) in [(incident.start, "640:360"), (incident.end - incident.start, "256:144"), (12.0, "640:360")] {
            let chain = format!("{};[s]fps=10,scale={size},format=yuv420p[o]", scene.chain);
            let encoder = words("-c:v libx264 -preset veryfast -crf 25 -g 20 -sc_threshold 0 -bf 0 -threads 1 -fps_mode vfr");
            files.push(arguments(&scene.inputs, &chain, length, &encoder));
        }
        let name = format!("{} in {}", incident.kind, scene.name);
        Clip { name, files, extension: "mp4", incidents: vec![incident], reference: false }
    }

    /// Speech with a noise floor, or a synthetic voice.
    fn speech(&mut self, n: usize, floor_db: f64) -> (Vec<String>, String) {
        let floor = 10_f64.powf(floor_db / 20.0) * 3.0;
        let seed = n + 1;
        let floor = format!("anoisesrc=r=16000:a={floor:.6}:c=pink:s={seed},aformat=channel_layouts=mono[f]");
        let real = ["audio/speech-bed-60s-alaw.wav", "audio/sense_and_sensibility_01_austen_64kb-0870.wav"];
        match footage(real[n % 2]) {
            Some(path) => {
                let voice = "[0:a]aresample=16000,aformat=channel_layouts=mono[v]";
                (
                    words(&format!("-stream_loop -1 -i {path}")),
                    format!("{floor};{voice};[v][f]amix=inputs=2:normalize=0:duration=first[s]"),
                )
            }
            None => {
                let voice = "aevalsrc=exprs='0.3*sin(2*PI*180*t)*sin(2*PI*3*t)*gt(sin(t),-0.3)':s=16000:c=mono[v]";
                (Vec::new(), format!("{floor};{voice};[v][f]amix=inputs=2:normalize=0[s]"))
            }
        }
    }

    fn sound(&mut self, incident: Incident, n: usize) -> Clip {
        let Incident { kind, start, end } = incident;
        let floor = self.chance.between(-58.0, -48.0);
        let (inputs, speech) = self.speech(n, floor);
        let gain = match kind {
            FlagKind::Silent => self.chance.of(&["-120dB", "-60dB"]).to_owned(),
            _ => format!("{}dB", self.chance.between(24.0, 34.0)),
        };
        let chain =
            format!("{speech};[s]volume={gain}:precision=float:enable='between(t,{start},{end})',aformat=sample_fmts=s16[o]");
        let (extension, encoder) = sound_encoder(n);
        let files = vec![arguments(&inputs, &chain, LENGTH, &encoder)];
        Clip { name: format!("{kind}, {extension}"), files, extension, incidents: vec![incident], reference: false }
    }

    /// An hour of pictures that only look wrong, and twenty minutes of such sound.
    pub(crate) fn negatives(&mut self) -> Vec<Clip> {
        let mut clips: Vec<_> = (0..12).map(|n| self.negative_picture(n)).collect();
        clips.extend((0..4).map(|n| self.negative_sound(n)));
        clips
    }

    pub(crate) fn negative_picture(&mut self, n: usize) -> Clip {
        let mut scene = self.scene(n / 4);
        let mut shape = self.shape();
        let still = "select='eq(n,0)',loop=-1:1:0,setpts=N/10/TB,";
        let noise = |strength: i32| format!("noise=alls={strength}:allf=t:all_seed={}", n + 50);
        let (name, chain) = match n % 4 {
            0 => {
                ("noise over a still scene", format!("{still}fps={},scale=W:H,{}", shape.fps, noise(self.chance.of(&[4, 6, 10]))))
            }
            1 => {
                let light = self.chance.between(0.2, 0.4);
                (
                    "dimmed light",
                    format!("lutyuv=y='16+(val-16)*{light}':enable='gt(mod(t,100),40)',fps={},scale=W:H,{}", shape.fps, noise(4)),
                )
            }
            2 => {
                shape.fps = 1;
                shape.encoder = words(
                    "-c:v libx264 -preset veryfast -crf 26 -g 2 -keyint_min 2 -sc_threshold 0 -bf 0 -threads 1 -fps_mode vfr",
                );
                ("1 fps", format!("fps=1,scale=W:H,{}", noise(3)))
            }
            _ => {
                // Breathes and sways by a pixel or two, before a wall that does not.
                let split = format!(
                    "{still}split[a][b];[b]crop=200:220:220:120[c];[a][c]overlay=x='220+1.6*sin(t*1.7)':y='120+1.2*sin(t*1.1)',"
                );
                ("a person sitting still", format!("{split}fps={},scale=W:H,{}", shape.fps, noise(3)))
            }
        };
        let (width, height) = shape.size;
        let chain = chain.replace("W:H", &format!("{width}:{height}"));
        let clock = if n.is_multiple_of(2) { clock(height) } else { String::new() };
        scene.chain = format!("{};[s]{chain}{clock},format=yuv420p[o]", scene.chain);
        let files = vec![arguments(&scene.inputs, &scene.chain, self.long, &shape.encoder)];
        Clip { name: format!("{name}: {}", scene.name), files, extension: "mp4", incidents: Vec::new(), reference: true }
    }

    pub(crate) fn negative_sound(&mut self, n: usize) -> Clip {
        let (inputs, chain) = if n < 2 {
            let level = 10_f64.powf(self.chance.between(-60.0, -52.0) / 20.0) * 3.0;
            (
                Vec::new(),
                format!("anoisesrc=r=16000:a={level:.6}:c=pink:s={},aformat=sample_fmts=s16:channel_layouts=mono[o]", n + 9),
            )
        } else {
            let (inputs, speech) = self.speech(n, -52.0);
            (inputs, format!("{speech};[s]volume=3dB,aformat=sample_fmts=s16[o]"))
        };
        let (extension, encoder) = sound_encoder(n);
        let name = if n < 2 { "quiet room" } else { "speech" };
        let files = vec![arguments(&inputs, &chain, self.long, &encoder)];
        Clip { name: name.to_owned(), files, extension, incidents: Vec::new(), reference: false }
    }
}

fn clock(height: u32) -> String {
    format!(",drawtext=text='2026-11-22 %{{pts\\:hms}}':fontsize={}:fontcolor=white:x=10:y=8", height / 18)
}

fn sound_encoder(n: usize) -> (&'static str, Vec<String>) {
    match n % 2 {
        0 => ("mp4", words("-c:a aac -b:a 32k -ac 1")),
        _ => ("alaw", words("-ar 8000 -ac 1 -f alaw")),
    }
}
