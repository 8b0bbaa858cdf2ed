//! Buckets, images, databases and brokers. A bucket's lock on public access is in `lock`.

use super::{Clause, NOT_SET, Row, TRUE, Test, by_default, change, if_set, row};

pub(super) const ROWS: &[Row] = &[
    row(
        &["AWS::S3::Bucket"],
        &[if_set("/AccessControl", Test::Is(&["PublicReadWrite"]))],
        "anyone can read, write and delete its objects",
    ),
    row(
        &["AWS::S3::Bucket"],
        &[if_set("/AccessControl", Test::Is(&["PublicRead"]))],
        "anyone can list and read its objects",
    ),
    row(
        &["AWS::S3::Bucket"],
        &[if_set("/AccessControl", Test::Is(&["AuthenticatedRead"]))],
        "every AWS account can list and read its objects",
    ),
    change(
        &["AWS::S3::AccessPoint"],
        &[if_set("/VpcConfiguration/VpcId", NOT_SET)],
        "it can be reached from the internet",
    ),
    row(
        &["AWS::Lightsail::Bucket"],
        &[if_set("/AccessRules/GetObject", Test::Is(&["public"]))],
        "anyone can read its objects",
    ),
    row(
        &["AWS::Lightsail::Bucket"],
        &[if_set("/AccessRules/AllowPublicOverrides", TRUE)],
        "single objects can be made public",
    ),
    row(&["AWS::ECR::PublicRepository"], &[], "anyone can pull its images"),
    row(
        &["AWS::ImageBuilder::DistributionConfiguration"],
        &[if_set(
            "/Distributions/*/AmiDistributionConfiguration/LaunchPermissionConfiguration/UserGroups/*",
            Test::Is(&["all"]),
        )],
        "every AWS account can launch its images",
    ),
    row(
        // Without it, the subnets and their route to the internet decide: `PubliclyAccessible` of RDS's `CreateDBInstance` and
        // of the Template Reference for shard groups. For Neptune no default is documented, and for DMS two.
        &["AWS::RDS::DBInstance", "AWS::RDS::DBShardGroup", "AWS::Neptune::DBInstance", "AWS::DMS::InstanceProfile"],
        &[Clause { path: "/PubliclyAccessible", default: None, test: TRUE }],
        "it has a public address",
    ),
    row(
        // In Aurora, the instances have an address of their own.
        &["AWS::RDS::DBCluster"],
        &[
            Clause { path: "/PubliclyAccessible", default: None, test: TRUE },
            if_set("/Engine", Test::Is(&["mysql", "postgres"])),
        ],
        "it has a public address",
    ),
    row(
        &["AWS::DMS::ReplicationInstance"],
        &[by_default("/PubliclyAccessible", "true", TRUE)],
        "it has a public address",
    ),
    row(
        &[
            "AWS::AmazonMQ::Broker",
            "AWS::Lightsail::Database",
            "AWS::M2::Environment",
            "AWS::Redshift::Cluster",
            "AWS::RedshiftServerless::Workgroup",
            "AWS::Timestream::InfluxDBCluster",
            "AWS::Timestream::InfluxDBInstance",
        ],
        &[if_set("/PubliclyAccessible", TRUE)],
        "it has a public address",
    ),
    row(&["AWS::NeptuneGraph::Graph"], &[if_set("/PublicConnectivity", TRUE)], "it can be reached from the internet"),
    row(
        &["AWS::MSK::Cluster"],
        &[by_default(
            "/BrokerNodeGroupInfo/ConnectivityInfo/PublicAccess/Type",
            "DISABLED",
            Test::IsNot(&["DISABLED"]),
        )],
        "its brokers can be reached from the internet",
    ),
    row(
        &["AWS::MSK::Cluster"],
        &[if_set("/ClientAuthentication/Unauthenticated/Enabled", TRUE)],
        "clients need no credentials",
    ),
    row(
        &["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"],
        &[if_set("/VPCOptions/SubnetIds/*", NOT_SET)],
        "its endpoint can be reached from the internet",
    ),
    row(
        &["AWS::OpenSearchService::Domain", "AWS::Elasticsearch::Domain"],
        &[if_set("/AdvancedSecurityOptions/AnonymousAuthEnabled", TRUE)],
        "users need no credentials",
    ),
    row(
        &["AWS::OpenSearchServerless::SecurityPolicy"],
        &[if_set("/Policy/*/AllowFromPublic", TRUE)],
        "its collections can be reached from the internet",
    ),
];
