//! From the wire: what is told of the catalogue of violations.

use liuhen_process::fact::catalogue::*;

use super::from_wire;

from_wire! { CatalogueItem {
    code: code,
    tier: tier,
    subject: subject,
    chinese: chinese,
    english: english,
    consequence_chinese: consequence_chinese,
    consequence_english: consequence_english,
    source: source,
    police: police,
} }

from_wire! { CatalogueAdopted {
    name: name,
    version: version,
    base: base,
    adopted_on: adopted_on,
    source: source,
    document_sha256: document_sha256,
    items: items [300],
} }
