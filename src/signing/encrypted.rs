//! Private keys under a passphrase: PKCS#8 `EncryptedPrivateKeyInfo` with PBES2
//! (RFC 5958 §3, RFC 8018 §6.2), as `openssl pkcs8 -topk8` writes and reads it.
//!
//! We write scrypt (RFC 7914) with N 2¹⁴, r 8, p 5, one of the settings that
//! <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html>
//! holds equal, and the largest N for which openssl needs no option; the cipher is AES-256-CBC.
//!
//! INVARIANT: what a file asks for is bounded before anything is derived, so that a hostile
//! key file costs neither memory nor time.

use ed25519_dalek::SigningKey;
use pkcs8::der::{Decode as _, Encode as _, asn1::OctetStringRef, pem::PemLabel as _};
use pkcs8::pkcs5::EncryptionScheme as Scheme;
use pkcs8::pkcs5::pbes2::{EncryptionScheme as Cipher, Kdf, Parameters, Salt, ScryptParams};
use pkcs8::{EncryptedPrivateKeyInfoRef, LineEnding, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use super::{KeyError, SecretKey, random};

const COST: u64 = 1 << 14;
const BLOCK_SIZE: u16 = 8;
const PARALLEL: u16 = 5;

/// Most bytes of memory that scrypt may take: 128·N·r.
const MEMORY_SIZE_MAX: u64 = 128 << 20;
/// Most bytes that scrypt may pass over: 128·N·r·p.
const WORK_SIZE_MAX: u64 = 1 << 30;
/// Most rounds of PBKDF2: what RFC 8018 §4.2 calls apt for especially critical keys.
const ROUNDS_MAX: u32 = 10_000_000;

/// Whether `pem` is a private key under a passphrase, going by its first line.
pub(super) fn is_encrypted(pem: &str) -> bool {
    let label = EncryptedPrivateKeyInfoRef::PEM_LABEL;
    pem.trim_start()
        .strip_prefix("-----BEGIN ")
        .is_some_and(|rest| rest.starts_with(label))
}

impl SecretKey {
    /// Reads an encrypted PKCS#8 PEM.
    ///
    /// # Errors
    /// A wrong passphrase, other ciphers than AES-CBC, parameters beyond bounds, and other keys.
    pub fn from_encrypted_pem(pem: &str, passphrase: &str) -> Result<Self, KeyError> {
        let (label, document) = SecretDocument::from_pem(pem).map_err(secret)?;
        if label != EncryptedPrivateKeyInfoRef::PEM_LABEL {
            return Err(secret(format!("`{label}` is no encrypted key")));
        }
        let info = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes()).map_err(secret)?;
        let parameters = bounded(&info.encryption_algorithm)?;
        let mut buffer = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
        let plain = parameters
            .decrypt_in_place(passphrase, &mut buffer)
            .map_err(|error| match error {
                pkcs8::pkcs5::Error::DecryptFailed => KeyError::Passphrase,
                other => secret(other),
            })?;
        // CBC has no tag: under a wrong passphrase one text in 256 ends as if it were padded.
        let info = PrivateKeyInfoRef::from_der(plain).map_err(|_| KeyError::Passphrase)?;
        SigningKey::try_from(info).map(Self).map_err(secret)
    }

    /// Writes encrypted PKCS#8 PEM, which openssl 3 reads.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn to_encrypted_pem(&self, passphrase: &str) -> Result<Zeroizing<String>, KeyError> {
        let parameters = Parameters {
            kdf: Kdf::Scrypt(ScryptParams {
                salt: Salt::new(random::<16>()?).map_err(secret)?,
                cost_parameter: COST,
                block_size: BLOCK_SIZE,
                parallelization: PARALLEL,
                key_length: None,
            }),
            encryption: Cipher::Aes256Cbc { iv: random()? },
        };
        let plain = SecretDocument::from_pem(&self.to_pem()?).map_err(secret)?.1;
        let encrypted = parameters
            .encrypt(passphrase, plain.as_bytes())
            .map_err(secret)?;
        let info = EncryptedPrivateKeyInfoRef {
            encryption_algorithm: Scheme::Pbes2(parameters),
            encrypted_data: OctetStringRef::new(&encrypted).map_err(secret)?,
        };
        let der = info.to_der().map_err(secret)?;
        SecretDocument::try_from(der)
            .and_then(|document| {
                document.to_pem(EncryptedPrivateKeyInfoRef::PEM_LABEL, LineEnding::LF)
            })
            .map_err(secret)
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "so that `map_err` takes it as it is"
)]
fn secret(reason: impl ToString) -> KeyError {
    KeyError::Secret {
        reason: reason.to_string(),
    }
}

/// Returns the parameters, where they ask for no more than a key needs.
fn bounded(scheme: &Scheme) -> Result<&Parameters, KeyError> {
    let parameters = scheme
        .pbes2()
        .ok_or_else(|| secret("is not encrypted with PBES2"))?;
    if !matches!(
        parameters.encryption,
        Cipher::Aes128Cbc { .. } | Cipher::Aes192Cbc { .. } | Cipher::Aes256Cbc { .. }
    ) {
        return Err(secret("is not encrypted with AES in CBC mode"));
    }
    let cost = |reason: String| KeyError::Cost { reason };
    match &parameters.kdf {
        Kdf::Pbkdf2(kdf) if kdf.iteration_count == 0 || kdf.iteration_count > ROUNDS_MAX => {
            Err(cost(format!(
                "{} rounds of PBKDF2; 1 to {ROUNDS_MAX} are allowed",
                kdf.iteration_count
            )))
        }
        Kdf::Scrypt(kdf) => {
            let (n, r, p) = (kdf.cost_parameter, kdf.block_size, kdf.parallelization);
            let memory = n
                .checked_mul(128)
                .and_then(|size| size.checked_mul(r.into()))
                .filter(|size| *size <= MEMORY_SIZE_MAX);
            let work = memory
                .and_then(|size| size.checked_mul(p.into()))
                .filter(|size| *size <= WORK_SIZE_MAX);
            // The crate takes the logarithm of N and would panic for none.
            if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 || work.is_none() {
                return Err(cost(format!(
                    "scrypt with N {n}, r {r}, p {p}; N is a power of two, and 128·N·r may be \
                     {MEMORY_SIZE_MAX} bytes, p times that {WORK_SIZE_MAX}"
                )));
            }
            Ok(parameters)
        }
        _ => Ok(parameters),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SecretKey {
        SecretKey::from_seed(&[1; 32])
    }

    /// `openssl genpkey`, then `openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:correct`,
    /// openssl 3.0.19: PBKDF2 with HMAC-SHA256 and 2048 rounds.
    const OPENSSL: &str = include_str!("../../tests/vectors/keys/openssl-pbkdf2.pem");
    /// The same key with `-scrypt`: N 16384, r 8, p 1.
    const OPENSSL_SCRYPT: &str = include_str!("../../tests/vectors/keys/openssl-scrypt.pem");

    #[test]
    fn reads_what_it_writes_and_what_openssl_writes() {
        let pem = key().to_encrypted_pem("correct horse").unwrap();
        assert!(is_encrypted(&pem));
        let read = SecretKey::from_encrypted_pem(&pem, "correct horse").unwrap();
        assert_eq!(read.public(), key().public());
        // Salt and initialization vector are new each time.
        assert_ne!(*pem, *key().to_encrypted_pem("correct horse").unwrap());
        for pem in [OPENSSL, OPENSSL_SCRYPT] {
            let read = SecretKey::from_encrypted_pem(pem, "correct").unwrap();
            assert_eq!(read.public(), key().public());
        }
        assert!(!is_encrypted(&key().to_pem().unwrap()));
    }

    #[test]
    fn a_wrong_passphrase_is_said_to_be_one() {
        for pem in [OPENSSL, OPENSSL_SCRYPT] {
            for wrong in ["", "Correct", "correct "] {
                let error = SecretKey::from_encrypted_pem(pem, wrong).unwrap_err();
                assert!(matches!(error, KeyError::Passphrase), "{error:?}");
            }
        }
        // Some of these end as if they were padded: still no other error.
        for number in 0..600 {
            let error = SecretKey::from_encrypted_pem(OPENSSL, &number.to_string()).unwrap_err();
            assert!(matches!(error, KeyError::Passphrase), "{number}: {error:?}");
        }
    }

    #[test]
    fn a_plain_key_and_a_broken_one_are_refused() {
        let plain = key().to_pem().unwrap();
        let error = SecretKey::from_encrypted_pem(&plain, "x").unwrap_err();
        assert!(error.to_string().contains("`PRIVATE KEY`"), "{error}");
        let error = SecretKey::from_pem(OPENSSL).unwrap_err();
        assert!(matches!(error, KeyError::Encrypted), "{error:?}");
        for at in [40, 60, 90, 120, 200] {
            let mut cut = OPENSSL.to_owned();
            cut.remove(at);
            assert!(SecretKey::from_encrypted_pem(&cut, "correct").is_err());
        }
    }

    fn asking(kdf: Kdf, encryption: Cipher) -> Result<(), KeyError> {
        bounded(&Scheme::Pbes2(Parameters { kdf, encryption })).map(drop)
    }

    #[test]
    fn what_would_eat_memory_or_time_is_refused_before_it_does() {
        let salt = Salt::new([0; 16]).unwrap();
        let cbc = Cipher::Aes256Cbc { iv: [0; 16] };
        let scrypt = |n: u64, r: u16, p: u16| {
            let kdf = Kdf::Scrypt(ScryptParams {
                salt,
                cost_parameter: n,
                block_size: r,
                parallelization: p,
                key_length: None,
            });
            asking(kdf, cbc)
        };
        for (n, r, p) in [
            (1 << 14, 8, 1),
            (1 << 17, 8, 1),
            (1 << 14, 8, 64),
            (2, 1, 1),
        ] {
            scrypt(n, r, p).unwrap();
        }
        for (n, r, p) in [
            (0, 8, 1),
            (1, 8, 1),
            (3 << 13, 8, 1),
            (1 << 18, 8, 1),
            (1 << 63, u16::MAX, u16::MAX),
            (1 << 14, 0, 1),
            (1 << 14, 8, 0),
            (1 << 14, 8, 65),
            (2, u16::MAX, u16::MAX),
        ] {
            let error = scrypt(n, r, p).unwrap_err();
            assert!(
                matches!(error, KeyError::Cost { .. }),
                "{n} {r} {p}: {error:?}"
            );
        }
        let pbkdf2 = |rounds: u32| {
            let mut kdf = pkcs8::pkcs5::pbes2::Pbkdf2Params::hmac_sha256(1, &[0; 16]).unwrap();
            kdf.iteration_count = rounds;
            asking(kdf.into(), cbc)
        };
        pbkdf2(ROUNDS_MAX).unwrap();
        for rounds in [0, ROUNDS_MAX + 1, u32::MAX] {
            assert!(matches!(pbkdf2(rounds), Err(KeyError::Cost { .. })));
        }
        let gcm = Cipher::Aes256Gcm { nonce: [0; 12] };
        let kdf = pkcs8::pkcs5::pbes2::Pbkdf2Params::hmac_sha256(1, &[0; 16]).unwrap();
        let error = asking(kdf.into(), gcm).unwrap_err();
        assert!(error.to_string().contains("CBC"), "{error}");
    }
}
