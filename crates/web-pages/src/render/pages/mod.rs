//! Every page there is, one file each. The list is the order of the gallery; the engine and the tests work from it.

mod consent;
mod device;
mod error;
mod expired;
mod form_post;
mod frontchannel_logout;
mod info;
mod login;
mod login_status;
mod logout_confirm;
mod otp;
mod register;
mod reset_password;
mod third_party_cookies;
mod update_password;
mod update_profile;

pub use consent::ConsentPage;
pub use device::DevicePage;
pub use error::ErrorPage;
pub use expired::ExpiredPage;
pub use form_post::FormPostPage;
pub use frontchannel_logout::{FrontchannelLogoutPage, LoggedOutClient};
pub use info::{InfoLink, InfoPage};
pub use login::LoginPage;
pub use login_status::LoginStatusPage;
pub use logout_confirm::LogoutConfirmPage;
pub use otp::{OtpDevice, OtpPage};
pub use register::RegisterPage;
pub use reset_password::ResetPasswordPage;
pub use third_party_cookies::ThirdPartyCookiesPage;
pub use update_password::UpdatePasswordPage;
pub use update_profile::UpdateProfilePage;

use super::context::PageContext;
use super::environment::{Page, RenderError, render};

/// A page's line in the list.
#[derive(Debug, Clone, Copy)]
pub struct PageEntry {
    pub name: &'static str,
    pub template: &'static str,
    /// All samples of the page.
    pub render_samples: fn(&PageContext<'_>) -> Vec<RenderedSample>,
}

/// A sample's name and its HTML.
pub type RenderedSample = (&'static str, Result<String, RenderError>);

/// Every page.
pub const PAGES: &[PageEntry] = &[
    entry::<LoginPage>(),
    entry::<OtpPage>(),
    entry::<UpdatePasswordPage>(),
    entry::<UpdateProfilePage>(),
    entry::<ConsentPage>(),
    entry::<RegisterPage>(),
    entry::<ResetPasswordPage>(),
    entry::<DevicePage>(),
    entry::<LogoutConfirmPage>(),
    entry::<FrontchannelLogoutPage>(),
    entry::<ExpiredPage>(),
    entry::<InfoPage>(),
    entry::<ErrorPage>(),
    entry::<FormPostPage>(),
    entry::<LoginStatusPage>(),
    entry::<ThirdPartyCookiesPage>(),
];

/// Templates that pages include or extend.
pub(super) const PARTS: &[(&str, &str)] = &[
    ("layout.html", include_str!("../../../templates/layout.html")),
    ("logout-sessions.html", include_str!("../../../templates/logout-sessions.html")),
    ("password.html", include_str!("../../../templates/password.html")),
    ("profile-field.html", include_str!("../../../templates/profile-field.html")),
    ("profile-state.html", include_str!("../../../templates/profile-state.html")),
];

const fn entry<P: Page>() -> PageEntry {
    PageEntry { name: P::NAME, template: P::TEMPLATE, render_samples: render_samples::<P> }
}

fn render_samples<P: Page>(cx: &PageContext<'_>) -> Vec<RenderedSample> {
    P::samples().into_iter().map(|(name, page)| (name, render(&page, cx))).collect()
}
