//! What is known of certificates: numbers as the platform gave them, issue, reports.
//!
//! Always: a number is taken in and kept; nothing here makes one. Not here: whether it is in form ([`crate::rule`]).

use std::collections::BTreeMap;

use liuhen_proto::ids::CandidateId;

use super::Unfit;
use super::batch::Batch;
use super::notice::all_known;
use crate::calendar::Date;
use crate::fact::Fact;
use crate::fact::certificate::DataReturned;

/// A certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// As the platform gave it.
    pub number: String,
    /// When the authority confirmed it.
    pub confirmed_on: Option<Date>,
    /// When it was issued.
    pub issued_on: Option<Date>,
    /// How often it was issued again.
    pub reissued: u32,
    /// When its data were reported.
    pub reported_on: Option<Date>,
}

/// Data that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// As they came back.
    pub told: DataReturned,
    /// When they were reported again.
    pub corrected_on: Option<Date>,
}

/// Certificates of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificates {
    /// Whose.
    pub of: BTreeMap<CandidateId, Certificate>,
    /// Whose number it is.
    pub numbers: BTreeMap<String, CandidateId>,
    /// Data that came back, by name.
    pub returned: BTreeMap<String, Returned>,
}

impl Certificates {
    /// Certificates that were issued.
    pub fn issued(&self) -> impl Iterator<Item = (CandidateId, &Certificate, Date)> {
        self.of.iter().filter_map(|(candidate, it)| Some((*candidate, it, it.issued_on?)))
    }

    /// Data that came back and are not put right.
    pub fn waiting(&self) -> impl Iterator<Item = &Returned> {
        self.returned.values().filter(|it| it.corrected_on.is_none())
    }

    fn numbered(&self, candidate: CandidateId, field: &str) -> Result<&Certificate, Unfit> {
        self.of.get(&candidate).ok_or_else(|| Unfit::unknown(field, format!("a certificate of {candidate}"), "the batch"))
    }

    fn change(&mut self, candidates: &[CandidateId], change: impl Fn(&mut Certificate)) {
        for candidate in candidates {
            if let Some(certificate) = self.of.get_mut(candidate) {
                change(certificate);
            }
        }
    }

    pub(super) fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::CertificateNumbered(it) => {
                let number = it.number.to_string();
                self.numbers.insert(number.clone(), it.candidate);
                let (confirmed_on, issued_on, reported_on) = (None, None, None);
                self.of.insert(it.candidate, Certificate { number, confirmed_on, issued_on, reissued: 0, reported_on });
            }
            Fact::CertificatesConfirmed(it) => {
                self.change(&it.candidates, |certificate| certificate.confirmed_on = Some(it.confirmed_on));
            }
            Fact::CertificateIssued(it) => self.change(&[it.candidate], |certificate| certificate.issued_on = Some(it.issued_on)),
            Fact::CertificateReissued(it) => self.change(&[it.candidate], |certificate| certificate.reissued += 1),
            Fact::DataReported(it) => self.change(&it.candidates, |certificate| certificate.reported_on = Some(it.reported_on)),
            Fact::DataReturned(it) => {
                self.returned.insert(it.returning.to_string(), Returned { told: it.clone(), corrected_on: None });
            }
            Fact::DataCorrected(it) => {
                if let Some(returned) = self.returned.get_mut(it.returning.as_str()) {
                    returned.corrected_on = Some(it.reported_on);
                }
            }
            _ => {}
        }
    }
}

/// Whether a fact of certificates fits the batch.
pub(super) fn check(batch: &Batch, fact: &Fact) -> Result<(), Unfit> {
    let certificates = &batch.certificates;
    match fact {
        Fact::CertificateNumbered(it) => {
            batch.known(it.candidate, "certificate_numbered.candidate_id")?;
            match certificates.of.contains_key(&it.candidate) {
                true => {
                    Err(Unfit::state(it.candidate, "numbered", "a certificate keeps its number", "该考生证书已赋码，编码不变"))
                }
                false => Ok(()),
            }
        }
        Fact::CertificatesConfirmed(it) => each(batch, &it.candidates, "certificates_confirmed", |_| true),
        Fact::CertificateIssued(it) => match certificates.numbered(it.candidate, "certificate_issued.candidate_id")?.issued_on {
            None => Ok(()),
            Some(_) => {
                let english = "it was issued before: tell of a reissue (certificate_reissued)";
                Err(Unfit::state(it.candidate, "issued", english, "该证书已发放，补办请用 certificate_reissued"))
            }
        },
        Fact::CertificateReissued(it) => {
            match certificates.numbered(it.candidate, "certificate_reissued.candidate_id")?.issued_on {
                Some(_) => Ok(()),
                None => Err(Unfit::state(it.candidate, "not issued", "there is nothing to issue again", "该证书尚未发放")),
            }
        }
        Fact::DataReported(it) => each(batch, &it.candidates, "data_reported", |it| it.issued_on.is_some()),
        Fact::DataReturned(it) if certificates.returned.contains_key(it.returning.as_str()) => {
            Err(Unfit::wrong("data_returned.returning", "was told before", "该退回编号已使用"))
        }
        Fact::DataReturned(it) => each(batch, &it.candidates, "data_returned", |it| it.reported_on.is_some()),
        Fact::DataCorrected(it) => match certificates.returned.get(it.returning.as_str()).map(|it| it.corrected_on) {
            None => Err(Unfit::unknown("data_corrected.returning", &it.returning, "the data that came back")),
            Some(Some(_)) => Err(Unfit::state(&it.returning, "corrected", "it was put right before", "该退回数据已重新上报")),
            Some(None) => Ok(()),
        },
        _ => Ok(()),
    }
}

fn each(batch: &Batch, candidates: &[CandidateId], fact: &str, far: impl Fn(&Certificate) -> bool) -> Result<(), Unfit> {
    all_known(batch, candidates, fact)?;
    for (place, candidate) in candidates.iter().enumerate() {
        let certificate = batch.certificates.numbered(*candidate, &format!("{fact}.candidate_ids[{place}]"))?;
        if !far(certificate) {
            let english = "its certificate is not so far yet: tell of the steps before first";
            return Err(Unfit::state(candidate, "not so far", english, "该证书尚未进行到这一步，请先登记前面的环节"));
        }
    }
    Ok(())
}
