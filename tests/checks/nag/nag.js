// Runs cdk-nag on a plain CloudFormation template and prints what remains after the template's own suppressions.
//
//   node nag.js TEMPLATE.json
//
// cdk-nag checks a construct tree, so the template is included into an empty stack. cdk-nag no longer reads
// suppressions from template metadata, so they are applied here; one that suppresses nothing is reported, too. Exit
// status: 0 nothing remains, 1 something remains, 2 error.
'use strict';

const { readFileSync } = require('node:fs');
const { App, Stack } = require('aws-cdk-lib');
const { CfnInclude } = require('aws-cdk-lib/cloudformation-include');
const { AwsSolutionsChecks, ServerlessChecks } = require('cdk-nag');

const PACKS = [AwsSolutionsChecks, ServerlessChecks];
const INCLUDED = 'Template';

/** Every violation as {resource, rule, severity, text}; the resource is a logical id of the template. */
function violations(file) {
  const app = new App({ analyticsReporting: false });
  const stack = new Stack(app, 'Stack');
  new CfnInclude(stack, INCLUDED, { templateFile: file });
  return PACKS.flatMap((Pack) => new Pack(app).validateScope(app).violations ?? []).flatMap((violation) =>
    violation.violatingResources.map((found) => ({
      resource: (found.constructPath ?? '').split('/').pop() || found.resourceLogicalId,
      rule: violation.ruleName,
      severity: violation.severity,
      text: violation.description,
    })),
  );
}

/** Every suppression in the template's metadata as {resource, rule}. */
function suppressions(file) {
  const { Resources } = JSON.parse(readFileSync(file, 'utf8'));
  return Object.entries(Resources).flatMap(([resource, { Metadata }]) =>
    (Metadata?.cdk_nag?.rules_to_suppress ?? []).map(({ id }) => ({ resource, rule: id })),
  );
}

// A finding within a rule is named `rule[finding]`; suppressing the rule suppresses all of them.
const covers = (suppression, violation) =>
  suppression.resource === violation.resource &&
  (violation.rule === suppression.rule || violation.rule.startsWith(`${suppression.rule}[`));

function main([file]) {
  const found = violations(file);
  const suppressed = suppressions(file);
  const left = found.filter((violation) => !suppressed.some((one) => covers(one, violation)));
  const idle = suppressed.filter((one) => !found.some((violation) => covers(one, violation)));
  for (const { resource, rule, severity, text } of left) console.log(`${severity} ${rule} ${resource}: ${text}`);
  for (const { resource, rule } of idle) console.log(`error ${rule} ${resource}: suppressed, but nothing to suppress`);
  console.log(`${found.length} found, ${found.length - left.length} suppressed with a reason`);
  return left.length + idle.length === 0 ? 0 : 1;
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  console.error(error);
  process.exitCode = 2;
}
