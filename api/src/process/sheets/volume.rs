//! The volume of a batch as lists: 卷内目录, and which categories of records are there (S七(二), E七(二), T十(二)).
//!
//! Always: the newest version of each record; who signed is masked. Not here: what must be there, which packs say and the
//! rules judge.

use liuhen_process::case::volume::Line;
use liuhen_process::fact::record::RecordFiled;
use liuhen_process::fact::words::RecordCategory;
use liuhen_sheets::writer::Page;

use super::page::{Giving, in_order, number, signed, text, titled};
use super::words;
use crate::people::mask;

impl Giving<'_> {
    /// 卷内目录: a line for each record, by category, as the guideline lists them.
    pub(super) fn contents(&self) -> Page {
        let records = &self.known.view.batch.records;
        let mut rows = Vec::new();
        for category in RecordCategory::ALL {
            let mut of_category: Vec<_> = records.of(*category).collect();
            of_category.sort_by_cached_key(|it| (it.dated, in_order(it.record.as_str())));
            for it in of_category {
                rows.push(self.record(rows.len(), it));
            }
        }
        let place = ["序号", "材料编号", "类别", "题名", "责任者", "日期", "载体", "版本", "数量"];
        let headings = [&place[..], &["文件摘要(SHA-256)", "盒号", "架位"]].concat();
        let closed = match records.closed {
            Some(at) => format!("结卷日期：{}", liuhen_process::calendar::Date::of(at)),
            None => "尚未结卷".to_owned(),
        };
        let page = signed(titled("卷内目录", &headings, rows), &["立卷人", "检查人", "日期"]);
        Page { above: vec![format!("{}　　{closed}", self.of_plan())], ..page }
    }

    fn record(&self, place: usize, it: &RecordFiled) -> Vec<String> {
        let signer = it.signature.as_ref().map_or_else(String::new, |signature| mask::name(signature.name.as_str()));
        vec![
            number(place),
            it.record.to_string(),
            words::category_name(it.category, self.known.view.kind).to_owned(),
            it.title.to_string(),
            signer,
            it.dated.to_string(),
            words::medium_name(it.medium).to_owned(),
            it.version.to_string(),
            it.pages.to_string(),
            it.document_sha256.map_or_else(String::new, |sha256| sha256.to_string()),
            text(it.storage_box.as_ref()),
            text(it.shelf.as_ref()),
        ]
    }

    /// 归档完整性检查表: a line for each category that the pack of the batch lists.
    pub(super) fn completeness(&self) -> Page {
        let (view, pack) = (&self.known.view, &self.known.pack);
        let lines: Vec<Line> = view.volume(&pack.parameters.records).collect();
        let row = |(place, line): (usize, &Line)| {
            let state = match line {
                line if line.is_missing() => "缺少",
                line if line.there => "齐全",
                _ => "——",
            };
            // Who may tell of a record (record_filed).
            let owner = if line.is_missing() { "考务管理员或档案管理员" } else { "" };
            vec![
                number(place),
                words::category_name(line.category, view.kind).to_owned(),
                if line.wanted { "应归档" } else { "本批次无此项" }.to_owned(),
                line.filed.to_string(),
                state.to_owned(),
                owner.to_owned(),
            ]
        };
        let rows = lines.iter().enumerate().map(row).collect();
        let missing = lines.iter().filter(|line| line.is_missing()).count();
        let page = titled("归档完整性检查表", &["序号", "类别", "要求", "已归档件数", "状态", "由谁补齐"], rows);
        let above = format!("{}　　依据：{}　　缺少：{missing} 类", self.of_plan(), pack.name);
        Page { above: vec![above], ..signed(page, &["检查人", "日期"]) }
    }

    pub(super) fn of_plan(&self) -> String {
        let name = self.known.view.batch.plan.as_ref().map_or_else(String::new, |plan| plan.name.to_string());
        format!("认定计划：{name}")
    }
}
