//! What holds for every page in every state and language, and for the texts, colours and files behind them.

mod colours;
mod scan;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use scan::Tag;

use super::messages::LANGUAGES;
use super::pages::{ErrorPage, LoginPage, UpdatePasswordPage};
use super::{
    LocaleLink, Messages, Notice, PAGES, PageContext, RealmTexts, STATIC_FILES, Text, build_tag, find_static_file,
    render,
};

/// Every page, sample and language: a name for messages, and the HTML.
fn every_page() -> Vec<(String, String)> {
    let locales: Vec<LocaleLink> =
        LANGUAGES.map(|(tag, _, _)| LocaleLink::new(tag, format!("?kc_locale={tag}"))).to_vec();
    let long = "Gesellschaft für Donaudampfschifffahrtskapitänsmützenangelegenheiten".repeat(4);
    let mut all = Vec::new();
    for (tag, _, _) in LANGUAGES {
        let full = PageContext {
            realm_display_name: Some("R & D <x>"),
            locales: &locales,
            request_id: Some("r-1"),
            ..context(tag)
        };
        let odd =
            PageContext { realm_display_html: Some(&long), resources: "https://cdn.example.org/x", ..context(tag) };
        for page in PAGES {
            for cx in [&full, &odd] {
                for (sample, html) in (page.render_samples)(cx) {
                    let name = format!("{} / {sample} / {tag}", page.name);
                    all.push((name.clone(), html.unwrap_or_else(|error| panic!("{name}: {error}"))));
                }
            }
        }
    }
    all
}

fn context(locale: &str) -> PageContext<'_> {
    PageContext {
        realm_name: "acme",
        locale,
        resources: "/resources/abcde/login/countersign",
        ..PageContext::default()
    }
}

/// Runs a check on the tags of every page.
fn on_every_page(check: impl Fn(&str, &[Tag])) {
    for (name, html) in every_page() {
        check(&name, &scan::tags(&html));
    }
}

#[test]
fn every_page_says_its_language_and_its_encoding() {
    on_every_page(|page, tags| {
        let lang = tags[0].attribute("lang").unwrap();
        assert!(tags[0].name == "html" && (page.ends_with(lang) || lang == "en"), "{page}: {lang}");
        assert!(tags.iter().any(|t| t.attribute("charset") == Some("utf-8")), "{page}");
        assert!(tags.iter().any(|t| t.name == "title" && !t.text.is_empty()), "{page}");
    });
}

#[test]
fn no_page_needs_anything_its_policy_forbids() {
    on_every_page(|page, tags| {
        let policy = tags.iter().find(|t| t.attribute("http-equiv") == Some("Content-Security-Policy")).unwrap();
        let policy = policy.attribute("content").unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("base-uri 'none'"), "{page}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("data:;s"), "{page}: {policy}");
        for tag in tags {
            assert_ne!(tag.name, "style", "{page}");
            assert!(tag.name != "script" || (tag.has("src") && tag.text.is_empty()), "{page}: inline script");
            for (attribute, value) in &tag.attributes {
                assert!(!attribute.starts_with("on") && attribute != "style", "{page}: {attribute} on {}", tag.name);
                let link = matches!(attribute.as_str(), "href" | "action");
                assert!(!link || !value.starts_with("javascript:"), "{page}: {value}");
            }
        }
    });
}

#[test]
fn every_id_is_given_once_and_every_reference_has_its_id() {
    on_every_page(|page, tags| {
        let mut ids = HashSet::new();
        for id in tags.iter().filter_map(|t| t.attribute("id")) {
            assert!(ids.insert(id), "{page}: id {id} twice");
        }
        for tag in tags {
            for reference in ["for", "aria-describedby", "aria-controls"] {
                for id in tag.attribute(reference).unwrap_or("").split_whitespace() {
                    assert!(ids.contains(id), "{page}: {reference}={id} leads nowhere");
                }
            }
        }
    });
}

#[test]
fn every_input_and_button_has_a_name_for_those_who_listen() {
    on_every_page(|page, tags| {
        let labelled: HashSet<&str> = tags
            .iter()
            .filter(|t| t.name == "label" && !t.text.is_empty())
            .filter_map(|t| t.attribute("for"))
            .collect();
        for tag in tags {
            let named = tag.attribute("id").is_some_and(|id| labelled.contains(id)) || tag.has("aria-label");
            match tag.name.as_str() {
                "input" if tag.attribute("type") == Some("hidden") => {}
                "input" | "select" | "textarea" => assert!(named, "{page}: {:?}", tag.attributes),
                "button" => assert!(named || !tag.text.is_empty(), "{page}: {:?}", tag.attributes),
                "iframe" => assert!(tag.has("title"), "{page}"),
                "a" | "summary" => assert!(!tag.text.is_empty() || tag.name == "summary", "{page}: an empty link"),
                _ => {}
            }
        }
    });
}

#[test]
fn wrong_inputs_are_marked_and_passwords_say_what_they_are() {
    on_every_page(|page, tags| {
        for tag in tags {
            if let Some(field) = tag.attribute("id").and_then(|id| id.strip_prefix("input-error-")) {
                let input = tags.iter().find(|t| t.attribute("id") == Some(field)).unwrap();
                let described = input.attribute("aria-describedby").unwrap();
                assert!(described.contains(&format!("input-error-{field}")), "{page}");
                assert_eq!(input.attribute("aria-invalid"), Some("true"), "{page}");
                assert_eq!(tag.attribute("aria-live"), Some("polite"), "{page}");
            }
            if tag.attribute("type") == Some("password") {
                let expected = if page.starts_with("login /") { "current-password" } else { "new-password" };
                assert_eq!(tag.attribute("autocomplete"), Some(expected), "{page}");
            }
        }
        assert!(tags.iter().filter(|t| t.has("autofocus")).count() <= 1, "{page}: two inputs want the focus");
    });
}

#[test]
fn no_text_is_left_unfilled_or_untranslated() {
    for (page, html) in every_page() {
        assert!(!html.contains("{0}") && !html.contains("${"), "{page}");
        assert!(!html.contains("<script>alert") && !html.contains("<i>x</i>") && !html.contains("R & D"), "{page}");
    }
}

#[test]
fn every_language_has_every_message_with_the_same_arguments() {
    let messages = Messages::built_in();
    let english = messages.english().unwrap();
    for (tag, _, source) in LANGUAGES {
        let texts = messages.language(tag).unwrap();
        assert_eq!(texts.keys(), english.keys(), "{tag}");
        let lines = source.lines().filter(|line| line.contains('=') && !line.starts_with('#')).count();
        assert_eq!(lines, texts.keys().len(), "a key twice in {tag}");
        for key in texts.keys() {
            let (own, original) = (texts.source_of(key), english.source_of(key));
            assert!(!own.trim().is_empty(), "{tag} {key}");
            assert_eq!(arguments(&own), arguments(&original), "{tag} {key}");
        }
    }
}

fn arguments(text: &str) -> BTreeSet<usize> {
    (0..5).filter(|n| text.contains(&format!("{{{n}}}"))).collect()
}

#[test]
fn the_login_form_is_the_one_clients_know() {
    let page = LoginPage { action: "http://h/a?x=1&y=2".into(), remember_me: Some(true), ..LoginPage::default() };
    let html = render(&page, &context("en")).unwrap();
    let tags = scan::tags(&html);
    let form = tags.iter().find(|t| t.name == "form").unwrap();
    assert_eq!(
        (form.attribute("id"), form.attribute("method"), form.attribute("action")),
        (Some("kc-form-login"), Some("post"), Some("http://h/a?x=1&y=2"))
    );
    let fields: BTreeSet<String> = tags
        .iter()
        .filter(|t| matches!(t.name.as_str(), "input" | "button"))
        .filter_map(|t| Some(format!("{}:{}", t.attribute("name")?, t.attribute("type")?)))
        .collect();
    let expected = ["credentialId:hidden", "login:submit", "password:password", "rememberMe:checkbox", "username:text"];
    assert_eq!(fields, expected.map(str::to_owned).into());
    assert!(tags.iter().any(|t| t.name == "title" && t.text == "Sign in to acme"));
    assert!(tags.iter().any(|t| t.attribute("id") == Some("kc-page-title") && t.text == "Sign in to your account"));
}

#[test]
fn a_realms_own_text_goes_before_ours_and_is_only_text() {
    let own = [("de", "doLogIn", "<b>Los</b> geht''s"), ("it", "loginAccountTitle", "Accedi")];
    let texts = Arc::new(RealmTexts::new(own));
    let cx = |locale| PageContext { texts: Some(Arc::clone(&texts)), ..context(locale) };
    let html = |locale| render(&LoginPage::default(), &cx(locale)).unwrap();
    assert!(html("de").contains("&lt;b&gt;Los&lt;/b&gt; geht&#39;s"));
    assert!(html("en").contains(">Sign In<"));
    assert!(html("it").contains("Accedi") && html("it").contains(">Sign In<") && html("it").contains("lang=\"it\""));
}

#[test]
fn arguments_of_messages_are_escaped() {
    let message = Text::filled("invalidParameterMessage", ["<script>alert(1)</script>"]);
    let html = render(&ErrorPage { message, application_url: None }, &context("en")).unwrap();
    assert!(html.contains("Invalid parameter: &lt;script&gt;"));
}

#[test]
fn expressions_are_messages_and_all_else_is_itself() {
    let words = super::Words::new("en", None);
    let read = |source| words.text(&Text::expression(source));
    assert_eq!(read("${profileScopeConsentText}"), "User profile");
    assert_eq!(read("${nobodyKnows}"), "nobodyKnows");
    assert_eq!(read("Reader {0} ''"), "Reader {0} ''");
}

#[test]
fn a_notice_says_how_urgent_it_is() {
    let html =
        |notice| render(&UpdatePasswordPage { notice: Some(notice), ..Default::default() }, &context("fr")).unwrap();
    let text = || Text::key("resetPasswordMessage");
    assert!(html(Notice::warning(text())).contains("role=\"alert\""));
    assert!(html(Notice::info(text())).contains("role=\"status\""));
}

#[test]
fn static_files_are_few_and_small_and_tagged() {
    assert!(build_tag().len() == 5 && build_tag().bytes().all(|b| b.is_ascii_alphanumeric()));
    assert!(STATIC_FILES.iter().map(|file| file.bytes.len()).sum::<usize>() < 20_000);
    assert!(find_static_file("countersign.css").is_some() && find_static_file("../lib.rs").is_none());
    for (page, html) in every_page() {
        for link in scan::tags(&html).iter().filter(|t| matches!(t.name.as_str(), "link" | "script")) {
            let target = link.attribute("href").or(link.attribute("src")).unwrap();
            let name = target.rsplit('/').next().unwrap();
            assert!(find_static_file(name).is_some(), "{page}: {target}");
        }
    }
}
