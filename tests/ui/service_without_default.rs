#[derive(Debug)]
struct Vault(String);

impl nova::SecretsManager for Vault {
    fn credentials(&self) -> nova::BoxFuture<'_, nova::Result<nova::Credentials>> {
        Box::pin(async { Ok(nova::Credentials::token(self.0.as_str())) })
    }
}

#[nova::client(platform = "echo", secrets = Vault)]
struct Made;

// This is what to write instead.
#[nova::client(platform = "echo", secrets(Vault, builder))]
struct Given;

fn main() {}
