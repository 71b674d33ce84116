//! Errors in the reader's language.

use crate::{Error, Language};
use licentia_license::{Contents, Error as LicenseError};

impl Error {
    /// The error in a sentence for a person; a problem of the office comes in the language that
    /// it was asked in.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match language {
            Language::English => self.to_string(),
            Language::Russian => russian(self),
        }
    }
}

fn russian(error: &Error) -> String {
    match error {
        Error::File { path, source } => format!("{}: {source}", path.display()),
        Error::Exposed { path } => format!(
            "{}: доступно другим пользователям; оставьте доступ только владельцу (chmod go-rwx) или \
             задайте LICENTIA_CLIENT_TRUST_GROUP=true, если доступ есть только у группы и в ней нет \
             других пользователей",
            path.display()
        ),
        Error::Damaged { path } => format!(
            "{}: файл поврежден; восстановите его из копии или активируйте в новом каталоге",
            path.display()
        ),
        Error::NotRoots { path } => format!("{}: это не файл корневых ключей", path.display()),
        Error::NotActivated { path } => format!(
            "в каталоге {} нет установки: активируйте ее или укажите ее каталог (--dir, \
             LICENTIA_CLIENT_DIR)",
            path.display()
        ),
        Error::NoLicense => {
            "лицензии пока нет; активируйте установку или обновите лицензию".to_owned()
        }
        Error::RootsDiffer => "корневые ключи отличаются от закрепленных; для другого поставщика \
                               используйте новый каталог"
            .to_owned(),
        Error::Server(url) => format!("непригодный адрес сервера: {url}"),
        Error::License(cause) => format!("лицензия отклонена: {}", russian_license(cause)),
        Error::Older { seq, highest } => {
            format!("лицензия отклонена: она ({seq}) старше самой новой из известных ({highest})")
        }
        Error::Repeated { seq } => {
            format!("лицензия отклонена: уже есть другая лицензия с номером {seq}")
        }
        Error::OtherCustomer { held, found } => {
            format!("лицензия отклонена: она для другого заказчика ({found}, а не {held})")
        }
        Error::Ahead { iat, now } => format!(
            "лицензия отклонена: выпущена {iat}, а часы здесь показывают {now}; установите часы"
        ),
        Error::Office(problem) => problem.to_string(),
        Error::Unreachable { server, reason } => format!("{server} недоступен: {reason}"),
        Error::Unexpected { status, .. } => format!(
            "неожиданный ответ (код {status}), не от сервера лицензий; проверьте адрес сервера, а \
             также прокси и межсетевой экран, которые могли ответить вместо него"
        ),
        Error::Redirected { server, status, location } => format!(
            "{server} перенаправляет на {location} (код {status}); если сеть требует там входа, \
             войдите; если сервер переехал туда, активируйте снова с параметром --server"
        ),
        Error::WebPage { server, status } => format!(
            "вместо ответа сервера {server} получена веб-страница (код {status}); войдите в сеть или \
             разрешите доступ к серверу на прокси или межсетевом экране"
        ),
        Error::ProxyAuthentication => "прокси требует аутентификации (код 407); укажите имя и \
             пароль в его адресе (http://имя:пароль@proxy.example:3128)"
            .to_owned(),
        Error::AuthorizationRemoved { server } => format!(
            "{server} получил запрос без заголовка Authorization: его удаляет прокси по пути; \
             настройте прокси так, чтобы он передавал этот заголовок"
        ),
        Error::Authority => "нет сертификата удостоверяющего центра в формате PEM".to_owned(),
        Error::Proxy => "непригодный адрес прокси (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY); укажите \
             http://, https://, socks4://, socks4a://, socks5:// или socks5h:// и имя узла"
            .to_owned(),
        Error::TooLargeForQrCode { bytes } => {
            format!("запрос ({bytes} байт) не помещается в QR-код; запишите его в файл")
        }
        Error::UsageOutOfRange => "использование считается от 0".to_owned(),
        Error::UsageNotReported(cause) => {
            format!("использование записано здесь, но не передано: {}", russian(cause))
        }
    }
}

fn russian_license(error: &LicenseError) -> String {
    match error {
        LicenseError::NoToken(contents) => russian_contents(*contents).to_owned(),
        LicenseError::Malformed(reason) => format!("документ составлен неверно ({reason})"),
        LicenseError::Algorithm => "алгоритм подписи не EdDSA".to_owned(),
        LicenseError::Type { expected } => format!("документ другого типа, чем {expected}"),
        LicenseError::Critical => "документ требует неизвестного расширения".to_owned(),
        LicenseError::Key => "непригодный открытый ключ Ed25519".to_owned(),
        LicenseError::Signature => "подпись не сходится".to_owned(),
        LicenseError::UnknownRoot => {
            "сертификат ключа подписан корневым ключом, которому здесь не доверяют".to_owned()
        }
        LicenseError::ForeignKey => {
            "в документе назван не тот ключ, которым он подписан".to_owned()
        }
        LicenseError::OutsideCertificate => {
            "выпущена вне срока, в который ключ выпуска может подписывать".to_owned()
        }
        LicenseError::Withdrawn => "ключ, которым она подписана, отозван".to_owned(),
        LicenseError::Issuer => "она от другого поставщика".to_owned(),
        LicenseError::Audience => "она для другой установки".to_owned(),
        // Times of statements, and cases that the license crate may add later.
        other => other.to_string(),
    }
}

fn russian_contents(contents: Contents) -> &'static str {
    match contents {
        Contents::Empty => "файл пуст",
        Contents::Torn => {
            "нет ее конца; возьмите файл целиком, от строки BEGIN до строки END включительно"
        }
        Contents::Several => "в файле несколько лицензий или запросов; оставьте одну",
        Contents::Pdf => "это документ PDF; возьмите исходный текстовый файл",
        Contents::Archive => {
            "это архив или документ офисной программы; распакуйте его или сохраните как текст"
        }
        Contents::Picture => "это картинка; возьмите текстовый файл",
        Contents::WebPage => "это веб-страница без лицензии; сохраните сам файл",
        Contents::Roots => "это файл корневых ключей; его указывают в параметре --roots",
        _ => "в тексте нет лицензии; возьмите файл в том виде, в каком его прислали",
    }
}
