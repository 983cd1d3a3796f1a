//! What binds an organisation: rules, catalogue of violations, forms. And what stands against a case.

use liuhen_archive::records::Known;
use liuhen_process::calendar::Date;
use liuhen_process::case::CaseId;
use liuhen_process::catalogue::Catalogue;
use liuhen_process::fact::catalogue::CatalogueItem;
use liuhen_process::form::{Item, Template, Value};
use liuhen_process::rule::RULES;
use liuhen_proto::ids::OrganizationId;
use liuhen_proto::wire::session::v1 as pb;
use liuhen_proto::{Problem, wire};

use super::{Process, answer, state};
use crate::auth::Asking;

impl Process {
    pub(super) async fn describe(
        &self,
        asking: &Asking,
        it: pb::DescribePackRequest,
    ) -> Result<pb::DescribePackResponse, Problem> {
        let organization: OrganizationId = wire::id("organization_id", &it.organization_id)?;
        let known = self.known(asking, CaseId::Organization(organization)).await?;
        Ok(described(&known, Date::of(self.archive.clock.now())))
    }

    pub(super) async fn findings(
        &self,
        asking: &Asking,
        it: pb::ListFindingsRequest,
    ) -> Result<pb::ListFindingsResponse, Problem> {
        let case: CaseId = it.case_id.parse().map_err(|error: String| Problem::field("case_id", error))?;
        let known = self.known(asking, case).await?;
        Ok(state::of_case(case, &known, self.archive.clock.now()))
    }
}

fn described(known: &Known, today: Date) -> pb::DescribePackResponse {
    let rule = |rule: &liuhen_process::rule::Rule| {
        let weight = known.pack.weight(rule.id)?;
        Some(pb::RuleDescription {
            rule: rule.id.to_owned(),
            clause: weight.clause.clone(),
            severity: answer::severity(weight.severity).into(),
            waiver: weight.waiver.clone().unwrap_or_default(),
        })
    };
    let forms = known.pack.parameters.forms.iter().filter_map(|name| Template::named(name));
    pb::DescribePackResponse {
        pack: known.pack.name.clone(),
        kind: pb::OrganizationKind::from(known.view.kind).into(),
        rules: RULES.iter().filter_map(rule).collect(),
        catalogue: known.view.organization.catalogue(None, today).map(catalogue),
        forms: forms.map(template).collect(),
    }
}

fn catalogue(it: &Catalogue) -> pb::Catalogue {
    let item = |it: &CatalogueItem| pb::CatalogueItem {
        code: it.code.to_string(),
        tier: it.tier,
        subject: pb::ViolationSubject::from(it.subject).into(),
        chinese: it.chinese.to_string(),
        english: it.english.to_string(),
        consequence_chinese: it.consequence_chinese.to_string(),
        consequence_english: it.consequence_english.to_string(),
        source: it.source.to_string(),
        police: it.police,
    };
    pb::Catalogue { catalogue: it.name.clone(), items: it.items().iter().map(item).collect() }
}

fn template(it: &Template) -> pb::FormTemplate {
    pb::FormTemplate {
        template: it.id(),
        chinese: it.chinese.clone(),
        english: it.english.clone(),
        supervisor: it.supervisor().map_or(0, |duty| pb::Duty::from(duty).into()),
        items: it.items.iter().map(item).collect(),
    }
}

fn item(it: &Item) -> pb::TemplateItem {
    let value = match it.value {
        None => pb::ItemValue::Unspecified,
        Some(Value::Grade) => pb::ItemValue::Grade,
        Some(Value::Count) => pb::ItemValue::Count,
        Some(Value::Text) => pb::ItemValue::Text,
    };
    pb::TemplateItem {
        item: it.id.clone(),
        chinese: it.chinese.clone(),
        english: it.english.clone(),
        source: it.source.clone(),
        phases: it.phases.iter().map(|phase| pb::Phase::from(*phase).into()).collect(),
        of_room: it.of_room,
        needed: it.needed,
        not_applicable: it.not_applicable,
        photo: it.photo,
        value: value.into(),
        most: it.most.unwrap_or_default(),
    }
}
