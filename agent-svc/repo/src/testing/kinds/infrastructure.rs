//! Infrastructure: a Terraform module for a static site.

use super::{Kind, Point};
use crate::analysis::model::Material;

pub(super) const KIND: Kind = Kind {
    name: "terraform-aws-static-site",
    material: Material::Infrastructure,
    files: FILES,
    commits: COMMITS,
    points: POINTS,
};

const POINTS: [Point; 12] = [
    ("what", &["static site", "static website"]),
    (
        "for whom",
        &["agency", "agencies", "many customers", "dozens sites"],
    ),
    ("instead", &["Netlify", "Amplify"]),
    (
        "creates: a private bucket",
        &["bucket private", "bucket public", "bucket read"],
    ),
    (
        "creates: the distribution in front",
        &["CloudFront", "distribution front"],
    ),
    (
        "inputs",
        &["domain name", "domain input", "price class", "index document"],
    ),
    (
        "certificate in another region",
        &[
            "certificate us-east-1",
            "certificate Virginia",
            "certificate region",
            "certificate us east",
        ],
    ),
    (
        "bucket kept on destroy",
        &[
            "destroy bucket",
            "force destroy",
            "bucket deleted",
            "bucket not deleted",
        ],
    ),
    (
        "tests",
        &[
            "bucket private apply",
            "terraform test",
            "redirect www",
            "404",
            "not public",
        ],
    ),
    ("history", &["Sanne Bakker Luis Ortega"]),
    ("start", &["terraform init", "terraform apply", "module source"]),
    (
        "licence, caveat or first file",
        &["MPL", "Mozilla", "main.tf", "main file", "twenty minutes"],
    ),
];

const COMMITS: &[(&str, &str, &str)] = &[
    ("2019-05-06", "Sanne Bakker", "feat: bucket and distribution"),
    (
        "2019-05-20",
        "Sanne Bakker",
        "feat: certificate with DNS validation",
    ),
    (
        "2019-11-12",
        "Sanne Bakker",
        "fix: certificate must live in us-east-1",
    ),
    ("2020-08-08", "Sanne Bakker", "feat!: bucket is private now"),
    ("2021-03-16", "M. Duarte", "docs: example for several sites"),
    ("2022-04-04", "Luis Ortega", "feat!: origin access control"),
    ("2022-10-01", "Luis Ortega", "feat: redirect www"),
    ("2023-11-24", "Luis Ortega", "test: terraform test"),
    ("2024-07-19", "Luis Ortega", "chore: release 4.1.0"),
];

const FILES: &[(&str, &str)] = &[
    (
        "README.md",
        r#"# terraform-aws-static-site

Terraform module that puts a static website on AWS: a private S3 bucket, a CloudFront distribution in front of it, a certificate and the DNS records.

We are an agency and run dozens of small sites for customers. Every site is ten lines with this module, and all of them are set up the same way.

## Usage

```hcl
module "site" {
  source  = "example/static-site/aws"
  version = "~> 4.1"

  domain_name = "shop.example.com"
  zone_id     = data.aws_route53_zone.main.zone_id

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}
```

Then `terraform init` and `terraform apply`. The first apply takes about twenty minutes, because CloudFront is slow.

## Things to know

* The certificate has to be in `us-east-1`, because CloudFront reads certificates only from there. That is why the module wants two providers.
* The bucket is private. Visitors reach it through CloudFront only, so nobody can go around the cache.
* `terraform destroy` leaves a bucket that has files in it alone, unless you set `force_destroy`. We lost a site once.

## Do I need this?

If you have one site, use Netlify or AWS Amplify. They are cheaper than your time.

## Inputs

| Name | Description | Type | Default | Required |
|------|-------------|------|---------|:--------:|
| domain_name | Name under which the site is reached | `string` | n/a | yes |
| zone_id | Route 53 zone of the domain | `string` | n/a | yes |
| index_document | Page for `/` | `string` | `"index.html"` | no |
| price_class | How many edge locations to pay for | `string` | `"PriceClass_100"` | no |
| redirect_www | Whether `www.` leads to the bare domain | `bool` | `true` | no |
| force_destroy | Delete the bucket even when it has files | `bool` | `false` | no |

## Outputs

| Name | Description |
|------|-------------|
| bucket | Where to upload the site |
| distribution_id | For invalidations after an upload |

## License

MPL-2.0
"#,
    ),
    (
        "LICENSE",
        "Mozilla Public License Version 2.0\n==================================\n\n1. Definitions\n--------------\n\n1.1. \"Contributor\"\n    means each individual or legal entity that creates, contributes to\n    the creation of, or owns Covered Software.\n",
    ),
    (
        "versions.tf",
        "terraform {\n  required_version = \">= 1.6\"\n  required_providers {\n    aws = {\n      source                = \"hashicorp/aws\"\n      version               = \">= 5.0\"\n      configuration_aliases = [aws.us_east_1]\n    }\n  }\n}\n",
    ),
    (
        "main.tf",
        r#"# The bucket with the files, and who may read them.

resource "aws_s3_bucket" "site" {
  bucket        = var.domain_name
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "site" {
  bucket = aws_s3_bucket.site.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# Only our distribution may read, and it has to sign its requests.
data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.site.arn}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.site.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id
  policy = data.aws_iam_policy_document.read.json
}
"#,
    ),
    (
        "cloudfront.tf",
        r#"resource "aws_cloudfront_origin_access_control" "site" {
  name                              = var.domain_name
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "site" {
  enabled             = true
  aliases             = local.names
  default_root_object = var.index_document
  price_class         = var.price_class

  origin {
    # the regional name: the global one redirects for hours after the bucket is made
    domain_name              = aws_s3_bucket.site.bucket_regional_domain_name
    origin_id                = "bucket"
    origin_access_control_id = aws_cloudfront_origin_access_control.site.id
  }

  # S3 answers 403 for files that are not there, since listing is forbidden
  custom_error_response {
    error_code         = 403
    response_code      = 404
    response_page_path = "/404.html"
  }

  viewer_certificate {
    acm_certificate_arn = aws_acm_certificate_validation.site.certificate_arn
    ssl_support_method  = "sni-only"
  }
}
"#,
    ),
    (
        "certificate.tf",
        r#"# CloudFront accepts certificates from us-east-1 only.
resource "aws_acm_certificate" "site" {
  provider                  = aws.us_east_1
  domain_name               = var.domain_name
  subject_alternative_names = local.names
  validation_method         = "DNS"

  lifecycle {
    # a new one first, because the distribution uses the old one until then
    create_before_destroy = true
  }
}

resource "aws_acm_certificate_validation" "site" {
  provider        = aws.us_east_1
  certificate_arn = aws_acm_certificate.site.arn
}
"#,
    ),
    (
        "dns.tf",
        r#"locals {
  names = var.redirect_www ? [var.domain_name, "www.${var.domain_name}"] : [var.domain_name]
}

resource "aws_route53_record" "site" {
  for_each = toset(local.names)
  zone_id  = var.zone_id
  name     = each.value
  type     = "A"

  alias {
    name                   = aws_cloudfront_distribution.site.domain_name
    zone_id                = aws_cloudfront_distribution.site.hosted_zone_id
    evaluate_target_health = false
  }
}
"#,
    ),
    (
        "variables.tf",
        r#"variable "domain_name" {
  description = "Name under which the site is reached"
  type        = string
}

variable "zone_id" {
  description = "Route 53 zone of the domain"
  type        = string
}

variable "index_document" {
  description = "Page for /"
  type        = string
  default     = "index.html"
}

variable "price_class" {
  description = "How many edge locations to pay for"
  type        = string
  default     = "PriceClass_100"
}

variable "redirect_www" {
  description = "Whether www leads to the bare domain"
  type        = bool
  default     = true
}

variable "force_destroy" {
  description = "Delete the bucket even when it has files"
  type        = bool
  default     = false
}
"#,
    ),
    (
        "outputs.tf",
        "output \"bucket\" {\n  description = \"Where to upload the site\"\n  value       = aws_s3_bucket.site.id\n}\n\noutput \"distribution_id\" {\n  description = \"For invalidations after an upload\"\n  value       = aws_cloudfront_distribution.site.id\n}\n",
    ),
    (
        "tests/site.tftest.hcl",
        r#"mock_provider "aws" {}

run "bucket_is_not_public" {
  command = plan

  assert {
    condition     = aws_s3_bucket_public_access_block.site.block_public_policy
    error_message = "the bucket must not be public"
  }
}

run "www_gets_a_record_too" {
  command = plan

  assert {
    condition     = length(aws_route53_record.site) == 2
    error_message = "www is missing"
  }
}
"#,
    ),
    (
        "examples/several-sites/main.tf",
        "module \"site\" {\n  for_each    = toset([\"a.example.com\", \"b.example.com\"])\n  source      = \"../../\"\n  domain_name = each.value\n  zone_id     = \"Z123\"\n}\n",
    ),
    (
        "CHANGELOG.md",
        "# Changelog\n\n## [4.1.0] - 2024-07-19\n### Added\n- `redirect_www`\n\n## [4.0.0] - 2022-04-04\n### Changed\n- **BREAKING:** origin access control instead of an origin access identity\n\n## [3.0.0] - 2020-08-08\n### Changed\n- **BREAKING:** the bucket is private; direct links to S3 stop working\n",
    ),
];
