//! Compiles the .proto files without protoc, and keeps the descriptor set for gRPC reflection.

use std::path::PathBuf;

const FILES: &[&str] = &[
    "liuhen/common/v1/common.proto",
    "liuhen/archive/v1/segment_index.proto",
    "liuhen/archive/v1/import_service.proto",
    "liuhen/ingest/v1/ingest_service.proto",
    "liuhen/ingest/v1/observation.proto",
    "liuhen/machine/v1/machine_service.proto",
    "liuhen/machine/v1/neighbour_service.proto",
    "liuhen/people/v1/people_service.proto",
    "liuhen/session/v1/fact_words.proto",
    "liuhen/session/v1/form_words.proto",
    "liuhen/session/v1/waived_facts.proto",
    "liuhen/session/v1/organization_facts.proto",
    "liuhen/session/v1/site_facts.proto",
    "liuhen/session/v1/batch_facts.proto",
    "liuhen/session/v1/session_facts.proto",
    "liuhen/session/v1/score_facts.proto",
    "liuhen/session/v1/certificate_facts.proto",
    "liuhen/session/v1/record_facts.proto",
    "liuhen/session/v1/fact.proto",
    "liuhen/session/v1/results.proto",
    "liuhen/session/v1/session_service.proto",
    "liuhen/review/v1/access.proto",
    "liuhen/session/v1/case.proto",
    "liuhen/session/v1/candidates.proto",
    "liuhen/session/v1/describe.proto",
    "liuhen/session/v1/process_service.proto",
    "liuhen/review/v1/trace_service.proto",
    "liuhen/session/v1/staff_service.proto",
    "liuhen/session/v1/supervision_service.proto",
    "liuhen/session/v1/sheet_service.proto",
    "liuhen/review/v1/review_service.proto",
    "liuhen/review/v1/alarm_service.proto",
    "liuhen/review/v1/log_service.proto",
    "liuhen/review/v1/status_service.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), prost::Message::encode_to_vec(&descriptors))?;
    tonic_prost_build::configure()
        .bytes(".liuhen.ingest.v1.FragmentChunk.data")
        .bytes(".liuhen.review.v1.ReadClipResponse")
        .compile_fds(descriptors)?;
    Ok(())
}
