// .js
my.ap.imgRiskCallback({
  pid: 'xxxxxxxxxxxxxxxx', // 替换成您的 pid
  bizContext: {
    risk_type: 'img_risk_result',
    apply_id: 'xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx',
  },
  success(e) {},
});
