//! The page that passes are printed from: a badge with its QR code for each, and the PINs on a sheet of their own.
//!
//! Always: one file that needs no network; whatever a name holds, it stays text.

use anyhow::{Context as _, Result};
use liuhen_proto::wire::people::v1 as pb;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>通行证</title><style>\
    body{font-family:sans-serif;margin:1cm}.badge{display:inline-block;width:8cm;border:1px solid #000;margin:2mm;padding:4mm;\
    text-align:center;break-inside:avoid}.badge svg{width:4cm;height:4cm}.name{font-size:16pt}\
    table{border-collapse:collapse;break-before:page}td,th{border:1px solid #000;padding:2mm 4mm;font-size:12pt}\
    .pin{font-family:monospace;font-size:16pt}</style></head><body>\n";

/// The names as they were given, since the server masks them.
pub(super) fn page(session: &str, names: &[&str], issued: &[pb::IssuedPass], room: impl Fn(&str) -> String) -> Result<String> {
    let mut badges = String::new();
    let mut pins = "<table><tr><th>姓名</th><th>考场</th><th>PIN</th></tr>\n".to_owned();
    for (name, issued) in names.iter().zip(issued) {
        let pass = issued.pass.clone().unwrap_or_default();
        let code = QrCode::with_error_correction_level(&issued.badge, EcLevel::Q).context("make the QR code of a badge")?;
        let code = code.render::<svg::Color<'_>>().min_dimensions(160, 160).build();
        // It is put into a page, and so has no head of its own.
        let code = code.split_once("?>").map_or(code.as_str(), |(_, svg)| svg).to_owned();
        let role = if pass.role() == pb::Role::Examiner { "考评员" } else { "监考人员" };
        let (name, at) = (text(name), text(&room(&pass.room_id)));
        badges.push_str(&format!(
            "<div class=\"badge\"><div>{}</div><div class=\"name\">{name}</div><div>{role} · {at}</div>{code}<div>{}</div></div>\n",
            text(session),
            text(&pass.id)
        ));
        pins.push_str(&format!("<tr><td>{name}</td><td>{at}</td><td class=\"pin\">{}</td></tr>\n", text(&issued.pin)));
    }
    Ok(format!("{HEAD}{badges}{pins}</table></body></html>\n"))
}

fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_badge_for_each_and_no_script_in_a_name() {
        let issued = pb::IssuedPass {
            pass: Some(pb::Pass { id: "pass_1".into(), room_id: "room_1".into(), ..Default::default() }),
            badge: "lhb_secret".into(),
            pin: "123456".into(),
        };
        let names = ["<script>alert(1)</script>", "王芳"];
        let page = page("机修 & 钳工", &names, &[issued.clone(), issued], |_| "第一考场".into()).unwrap();
        assert_eq!(page.matches("<svg").count(), 2);
        assert!(!page.contains("<script>") && page.contains("&lt;script&gt;") && page.contains("机修 &amp; 钳工"));
        // The secret of the badge stands in its code only.
        assert!(!page.contains("lhb_secret") && page.matches("123456").count() == 2);
        assert!(!page.contains("http://") || page.contains("http://www.w3.org/2000/svg"));
    }
}
